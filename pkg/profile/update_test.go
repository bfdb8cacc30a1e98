package profile_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/profile"
)

// onePool is a user pool of one user.
type onePool struct {
	user profile.Profile
	err  error
	asks atomic.Int32
}

func (p *onePool) Get(context.Context, profile.Person) (profile.Profile, error) {
	p.asks.Add(1)
	return p.user, p.err
}

// updater changes profiles on a real engine. Everybody has accepted the terms.
func updater(t *testing.T, db *dynamotest.DB, users *onePool) *profile.Updater {
	t.Helper()
	put(t, db, "entitlements", item{"cognito_sub": s("u1"), "tos_version": s("2026-06-01")})
	return &profile.Updater{
		Rows: rowsOf(db), Edits: profile.Edits{DB: db, Table: db.Table("profiles"), Now: clock}, Users: users, Terms: terms("2026-06-01"),
	}
}

func patch(t testing.TB, body string) profile.Patch {
	t.Helper()
	p, err := profile.ParsePatch([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestUpdateStoresTheChange(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	u := updater(t, db, &onePool{})
	if _, _, err := rowsOf(db).Create(t.Context(), ada("u1")); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		ifMatch []string
		patch   string
		want    profile.Profile // its name, avatar, objects and version
	}{
		{patch: `{"name":"Ada King","custom":{"a":1}}`, want: profile.Profile{Name: "Ada King", AvatarURL: "https://example.com/a.png", Custom: json.RawMessage(`{"a":1}`), Version: 2}},
		{ifMatch: []string{`"2"`}, patch: `{"avatar_url":null,"name":null}`, want: profile.Profile{Custom: json.RawMessage(`{"a":1}`), Version: 3}},
		{ifMatch: []string{`"1", "3"`}, patch: `{"name":"Ada"}`, want: profile.Profile{Name: "Ada", Custom: json.RawMessage(`{"a":1}`), Version: 4}},
		{ifMatch: []string{`*`}, patch: `{"name":"Ada"}`, want: profile.Profile{Name: "Ada", Custom: json.RawMessage(`{"a":1}`), Version: 4}},
	}
	for _, step := range steps {
		got, err := u.Update(t.Context(), profile.Person{Sub: "u1"}, step.ifMatch, patch(t, step.patch))
		if err != nil {
			t.Fatalf("%s: %v", step.patch, err)
		}
		want := step.want
		want.Sub, want.Email, want.Preferences, want.Source = "u1", "ada@example.com", json.RawMessage(`{}`), profile.FromDynamoDB
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s answered (-want +got):\n%s", step.patch, diff)
		}
		a, err := rowsOf(db).Account(t.Context(), "u1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, a.Profile); diff != "" {
			t.Errorf("%s stored (-want +got):\n%s", step.patch, diff)
		}
	}
}

func TestUpdateRefusesAnOldVersion(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	u := updater(t, db, &onePool{})
	if _, _, err := rowsOf(db).Create(t.Context(), ada("u1")); err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{`"0"`, `"2"`, `W/"1"`, `1`, `""`, `"x"`} {
		if _, err := u.Update(t.Context(), profile.Person{Sub: "u1"}, []string{tag}, patch(t, `{"name":"Eve"}`)); !errors.Is(err, profile.ErrVersion) {
			t.Errorf("If-Match %s: error = %v, want ErrVersion", tag, err)
		}
	}
	a, err := rowsOf(db).Account(t.Context(), "u1")
	if err != nil || a.Profile.Name != "Ada" || a.Profile.Version != 1 {
		t.Errorf("the row is %+v, %v, want it untouched", a.Profile, err)
	}
}

func TestUpdateMakesTheRowOfWhoeverHasNone(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	users := &onePool{user: ada("u1")}
	u := updater(t, db, users)
	got, err := u.Update(t.Context(), profile.Person{Sub: "u1"}, []string{`"0-cognito"`}, patch(t, `{"preferences":{"theme":"dark"}}`))
	if err != nil || got.Version != 1 || got.Name != "Ada" || string(got.Preferences) != `{"theme":"dark"}` || got.Source != profile.FromDynamoDB {
		t.Errorf("Update = %+v, %v, want Ada's new row with the change", got, err)
	}
	if _, err := u.Update(t.Context(), profile.Person{Sub: "u1"}, nil, patch(t, `{}`)); err != nil || users.asks.Load() != 1 {
		t.Errorf("afterwards: %v with %d questions to Cognito, want one", err, users.asks.Load())
	}
}

// TestUpdatesAtOnceAllLand has changes of different fields race without
// If-Match: none may be lost.
func TestUpdatesAtOnceAllLand(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	u := updater(t, db, &onePool{user: ada("u1")})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			if _, err := u.Update(t.Context(), profile.Person{Sub: "u1"}, nil, patch(t, fmt.Sprintf(`{"custom":{"k%d":%d}}`, i, i))); err != nil {
				t.Errorf("change %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	a, err := rowsOf(db).Account(t.Context(), "u1")
	if err != nil || string(a.Profile.Custom) != `{"k0":0,"k1":1,"k2":2,"k3":3}` || a.Profile.Version != 4 {
		t.Errorf("custom fields are %s at version %d, %v, want all four changes", a.Profile.Custom, a.Profile.Version, err)
	}
}

// rival is an Edits that loses every race.
type rival struct{ tries int }

func (r *rival) Replace(context.Context, profile.Profile, profile.Profile) (bool, error) {
	r.tries++
	return false, nil
}

func TestUpdateGivesUpAgainstRivals(t *testing.T) {
	t.Parallel()
	w := &world{account: profile.Account{Profile: before(), Entitlement: entitlement.Row{TOSVersion: "2026-06-01"}}}
	r := &rival{}
	u := &profile.Updater{Rows: w, Edits: r, Users: w, Terms: terms("2026-06-01")}
	if _, err := u.Update(t.Context(), profile.Person{Sub: "u1"}, nil, patch(t, `{"name":"x"}`)); !errors.Is(err, profile.ErrBusy) || r.tries != 5 {
		t.Errorf("error = %v after %d tries, want ErrBusy after 5", err, r.tries)
	}
}

func TestUpdateStopsAtTheGate(t *testing.T) {
	t.Parallel()
	down := profile.ErrUnavailable.With(errors.New("throttled"))
	tests := []struct {
		name  string
		world world
		want  error
	}{
		{name: "locked", world: world{account: profile.Account{Entitlement: entitlement.Row{Disabled: true, TOSVersion: "2026-06-01"}}}, want: entitlement.ErrDisabled},
		{name: "no terms", world: world{account: profile.Account{Profile: before()}}, want: errTerms},
		{name: "the tables are down", world: world{accountErr: down}, want: profile.ErrUnavailable},
		{name: "the user is gone", world: world{account: profile.Account{Entitlement: entitlement.Row{TOSVersion: "2026-06-01"}}, userErr: profile.ErrNoUser}, want: profile.ErrNoUser},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := tt.world
			r := &rival{}
			u := &profile.Updater{Rows: &w, Edits: r, Users: &w, Terms: terms("2026-06-01")}
			if _, err := u.Update(t.Context(), profile.Person{Sub: "u1"}, nil, patch(t, `{"name":"x"}`)); !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
			if r.tries+w.made != 0 {
				t.Errorf("wrote %d times", r.tries+w.made)
			}
		})
	}
}

// broken is a table that does not answer.
type broken struct{}

func (broken) UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return nil, errors.New("throttled")
}

func TestReplaceSaysWhenTheTableIsDown(t *testing.T) {
	t.Parallel()
	e := profile.Edits{DB: broken{}, Table: "profiles", Now: clock}
	if ok, err := e.Replace(t.Context(), before(), before()); ok || !errors.Is(err, profile.ErrUnavailable) {
		t.Errorf("Replace = %v, %v, want ErrUnavailable", ok, err)
	}
}

func TestReplaceRecognisesItsOwnWrite(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	seen, _, err := rowsOf(db).Create(t.Context(), ada("u1"))
	if err != nil {
		t.Fatal(err)
	}
	e := profile.Edits{DB: db, Table: db.Table("profiles"), Now: clock}
	next, other := seen, seen
	next.Name, next.Version = "Ada King", 2
	other.Name, other.Version = "Eve", 2
	for _, step := range []struct {
		next profile.Profile
		want bool
	}{{next, true}, {next, true}, {other, false}} {
		if ok, err := e.Replace(t.Context(), seen, step.next); ok != step.want || err != nil {
			t.Errorf("Replace by %q = %v, %v, want %v", step.next.Name, ok, err, step.want)
		}
	}
}
