package profile_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/profile"
)

var errTerms = fault.New(fault.Forbidden, "TOS_REQUIRED", "Accept the terms.")

// terms accepts one version.
type terms string

func (t terms) Check(accepted string) error {
	if accepted != string(t) {
		return errTerms
	}
	return nil
}

// world is everything around a Reader: what the tables and Cognito hold before
// a call, and what the call did.
type world struct {
	account           profile.Account
	accountErr        error
	user              profile.Profile
	userErr           error
	stored            profile.Profile // a row that another run has just made
	createErr         error
	pending           string // terms that wait for their record
	looked, made      int
	consents, customs int
	email             string
}

func (w *world) Account(context.Context, string) (profile.Account, error) {
	return w.account, w.accountErr
}

func (w *world) Create(_ context.Context, p profile.Profile) (profile.Profile, bool, error) {
	w.made++
	if w.createErr != nil || w.stored.Version > 0 {
		return w.stored, false, w.createErr
	}
	p.Version, p.Source = 1, profile.FromDynamoDB
	return p, true, nil
}

func (w *world) Get(context.Context, profile.Person) (profile.Profile, error) {
	w.looked++
	return w.user, w.userErr
}

func (w *world) Consent(context.Context, profile.Person) string {
	w.consents++
	return w.pending
}

func (w *world) Customer(_ context.Context, _ profile.Person, email string) {
	w.customs++
	w.email = email
}

func (w *world) reader(log *bytes.Buffer) *profile.Reader {
	return &profile.Reader{Rows: w, Users: w, Terms: terms("2026-06-01"), Heal: w, Log: slog.New(slog.NewJSONHandler(log, nil))}
}

// change is one thing that a user lacks, or has besides.
type change func(*profile.Account)

func noRow(a *profile.Account)      { a.Profile = profile.Profile{} }
func noCustomer(a *profile.Account) { a.Entitlement.CustomerID = "" }
func noTerms(a *profile.Account)    { a.Entitlement.TOSVersion = "" }
func oldTerms(a *profile.Account)   { a.Entitlement.TOSVersion = "2025-01-01" }
func locked(a *profile.Account)     { a.Entitlement.Disabled = true }

// did counts the calls behind a read.
type did struct{ Looked, Made, Consents, Customers int }

func TestReaderGet(t *testing.T) {
	t.Parallel()
	row := profile.Profile{Sub: "u1", Email: "ada@example.com", Version: 4, Source: profile.FromDynamoDB}
	known := profile.Profile{Sub: "u1", Email: "ada@gmail.com", Source: profile.FromCognito}
	first := known
	first.Version = 1
	down := errors.New("down")
	tests := []struct {
		name    string
		world   world
		changes []change
		want    profile.Profile
		err     error
		did     did
	}{
		{
			name: "all is well: nothing but the read",
			want: row,
		},
		{
			name:  "DynamoDB is down",
			world: world{accountErr: profile.ErrUnavailable},
			err:   profile.ErrUnavailable,
		},
		{
			name:    "a locked account learns that alone",
			changes: []change{locked, noTerms, noCustomer},
			err:     entitlement.ErrDisabled,
		},
		{
			name:    "terms never accepted",
			changes: []change{noTerms, noCustomer},
			err:     errTerms,
			did:     did{Consents: 1},
		},
		{
			name:    "terms accepted at sign-up, and the record late",
			world:   world{pending: "2026-06-01"},
			changes: []change{noTerms},
			want:    row,
			did:     did{Consents: 1},
		},
		{
			name:    "old terms accepted at sign-up, and the record late",
			world:   world{pending: "2025-01-01"},
			changes: []change{noTerms},
			err:     errTerms,
			did:     did{Consents: 1},
		},
		{
			name:    "older terms accepted",
			world:   world{pending: "2026-06-01"},
			changes: []change{oldTerms},
			err:     errTerms,
		},
		{
			name:    "no customer yet",
			changes: []change{noCustomer},
			want:    row,
			did:     did{Customers: 1},
		},
		{
			name:    "no row: Cognito answers and the row is made",
			world:   world{user: known},
			changes: []change{noRow},
			want:    first,
			did:     did{Looked: 1, Made: 1},
		},
		{
			name:    "no row and no customer",
			world:   world{user: known},
			changes: []change{noRow, noCustomer},
			want:    first,
			did:     did{Looked: 1, Made: 1, Customers: 1},
		},
		{
			name:    "another run makes the row meanwhile",
			world:   world{user: known, stored: row},
			changes: []change{noRow},
			want:    row,
			did:     did{Looked: 1, Made: 1},
		},
		{
			name:    "the row cannot be written",
			world:   world{user: known, createErr: down},
			changes: []change{noRow},
			want:    known,
			did:     did{Looked: 1, Made: 1},
		},
		{
			name:    "no row, and Cognito is down",
			world:   world{userErr: profile.ErrUnavailable},
			changes: []change{noRow, noCustomer},
			err:     profile.ErrUnavailable,
			did:     did{Looked: 1},
		},
		{
			name:    "no row, and the user is gone",
			world:   world{userErr: profile.ErrNoUser},
			changes: []change{noRow, noCustomer},
			err:     profile.ErrNoUser,
			did:     did{Looked: 1},
		},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &tt.world
			w.account = profile.Account{Profile: row, Entitlement: entitlement.Row{Sub: "u1", TOSVersion: "2026-06-01", CustomerID: "cus_1"}}
			for _, c := range tt.changes {
				c(&w.account)
			}
			var log bytes.Buffer
			got, err := w.reader(&log).Get(t.Context(), profile.Person{Sub: "u1", Username: "Google_1"})
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Fatalf("Get = %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Get (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.did, did{w.looked, w.made, w.consents, w.customs}); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if tt.did.Customers > 0 && w.email != tt.want.Email {
				t.Errorf("the customer is for %q, want %q", w.email, tt.want.Email)
			}
			if logged := strings.Contains(log.String(), "PROFILE_PENDING"); logged != (w.createErr != nil) {
				t.Errorf("log %q", log.String())
			}
		})
	}
}
