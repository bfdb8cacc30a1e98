package consent_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/consent"
	"callanalyst/pkg/entitlement"
)

// browser is how the person's wishes come.
var browser = consent.Through{ClientID: "web", UserAgent: "Mozilla/5.0"}

// desk takes agreements to June's terms, and to September's.
func (w *world) desk(t *testing.T) consent.Desk {
	t.Helper()
	policy, err := consent.NewPolicy(june, september)
	if err != nil {
		t.Fatal(err)
	}
	return consent.Desk{
		Policy: policy, Rows: entitlement.Rows{DB: w.db, Table: w.Entitlements}, Records: w.Store,
		Evidence: consent.Evidence{DB: w.db, Table: w.Table}, Now: w.now,
	}
}

// agree sends a wish as its JSON.
func (w *world) agree(t *testing.T, wish string) (consent.Receipt, error) {
	t.Helper()
	var x consent.Wish
	if err := json.Unmarshal([]byte(wish), &x); err != nil {
		t.Fatal(err)
	}
	return w.desk(t).Agree(t.Context(), sub, x, browser)
}

func TestAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := func(d time.Duration) *time.Time { return new(noon().Add(d)) }
	steps := []struct {
		name, wish string
		want       consent.Receipt
	}{
		{
			name: "cookies before any terms", wish: `{"cookies":{"analytics":true,"marketing":false}}`,
			want: consent.Receipt{Cookies: &consent.Choice{Cookies: consent.Cookies{Analytics: true}, At: noon()}},
		},
		{
			name: "the terms", wish: `{"tos_version":"2026-06-01"}`,
			want: consent.Receipt{Version: june, AcceptedAt: at(time.Hour), Cookies: &consent.Choice{Cookies: consent.Cookies{Analytics: true}, At: noon()}},
		},
		{
			name: "the terms again keep their first time", wish: `{"tos_version":"2026-06-01"}`,
			want: consent.Receipt{Version: june, AcceptedAt: at(time.Hour), Cookies: &consent.Choice{Cookies: consent.Cookies{Analytics: true}, At: noon()}},
		},
		{
			name: "newer terms and another choice at once", wish: `{"tos_version":"2026-09-01","cookies":{"analytics":false,"marketing":true}}`,
			want: consent.Receipt{Version: september, AcceptedAt: at(3 * time.Hour), Cookies: &consent.Choice{Cookies: consent.Cookies{Marketing: true}, At: *at(3 * time.Hour)}},
		},
		{
			name: "older terms, late, take nothing back", wish: `{"tos_version":"2026-06-01"}`,
			want: consent.Receipt{Version: september, AcceptedAt: at(3 * time.Hour), Cookies: &consent.Choice{Cookies: consent.Cookies{Marketing: true}, At: *at(3 * time.Hour)}},
		},
	}
	for _, step := range steps {
		got, err := w.agree(t, step.wish)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
		w.forward(time.Hour)
	}
	if diff := cmp.Diff([]row{{"tos_version": september, "tier": "free"}}, w.rows(t, "entitlements", sub)); diff != "" {
		t.Errorf("row of entitlements (-want +got):\n%s", diff)
	}
}

func TestAgreeKeepsTheEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.agree(t, `{"tos_version":"2026-06-01","cookies":{"analytics":true,"marketing":true}}`); err != nil {
		t.Fatal(err)
	}
	agent := consent.AgentHash(browser.UserAgent)
	if len(agent) != 64 || agent == consent.AgentHash("curl/8") || consent.AgentHash("") != "" {
		t.Errorf("AgentHash(%q) = %q, want a hash of its own", browser.UserAgent, agent)
	}
	want := []row{
		{"kind_version": "cookies#2026-11-21T12:00:00.000Z", "accepted_at": "2026-11-21T12:00:00.000Z", "source": "signed-in", "client_id": "web", "agent_hash": agent, "analytics": true, "marketing": true},
		{"kind_version": "tos#2026-06-01", "tos_version": june, "accepted_at": "2026-11-21T12:00:00.000Z", "source": "signed-in", "client_id": "web", "agent_hash": agent},
	}
	if diff := cmp.Diff(want, w.rows(t, "consents", sub)); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
}

func TestCookiesAloneOpenNoGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.agree(t, `{"cookies":{"analytics":false,"marketing":false}}`); err != nil {
		t.Fatal(err)
	}
	if rows := w.rows(t, "entitlements", sub); rows != nil {
		t.Errorf("cookies wrote %v into entitlements", rows)
	}
}

func TestAgreeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, wish string
		want       error
	}{
		{name: "nothing", wish: `{}`, want: consent.ErrField},
		{name: "null for both", wish: `{"tos_version":null,"cookies":null}`, want: consent.ErrField},
		{name: "half a choice", wish: `{"cookies":{"analytics":true}}`, want: consent.ErrField},
		{name: "the other half", wish: `{"cookies":{"marketing":true}}`, want: consent.ErrField},
		{name: "old terms", wish: `{"tos_version":"2025-01-01"}`, want: consent.ErrStale},
		{name: "terms that are not out", wish: `{"tos_version":"2099-01-01"}`, want: consent.ErrStale},
		{name: "empty terms", wish: `{"tos_version":""}`, want: consent.ErrStale},
		{name: "good cookies with bad terms", wish: `{"tos_version":"x","cookies":{"analytics":true,"marketing":true}}`, want: consent.ErrStale},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if _, err := w.agree(t, tt.wish); !errors.Is(err, tt.want) {
				t.Errorf("Agree to %s = %v, want %v", tt.wish, err, tt.want)
			}
			if rows := append(w.rows(t, "consents", sub), w.rows(t, "entitlements", sub)...); rows != nil {
				t.Errorf("Agree to %s wrote %v", tt.wish, rows)
			}
		})
	}
}

func TestAgreeRefusesALockedAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(w.Entitlements), Item: map[string]types.AttributeValue{
		"cognito_sub": &types.AttributeValueMemberS{Value: sub}, "disabled": &types.AttributeValueMemberBOOL{Value: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.agree(t, `{"tos_version":"2026-06-01"}`); !errors.Is(err, entitlement.ErrDisabled) {
		t.Errorf("Agree = %v, want ErrDisabled", err)
	}
	if rows := w.rows(t, "consents", sub); rows != nil {
		t.Errorf("a locked account wrote %v", rows)
	}
}

// silent is a table that cannot be read.
type silent struct{}

func (silent) Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return nil, errThrottled
}

func TestAgreeSaysWhenTheTablesAreDown(t *testing.T) {
	t.Parallel()
	wish := consent.Wish{Version: new(june)}
	w := newWorld(t)
	d := w.desk(t)
	s := w.Store
	s.DB = troubled{w.db.Client, "PutItem", 0, new(atomic.Int64)}
	d.Records = s
	if _, err := d.Agree(t.Context(), sub, wish, browser); !errors.Is(err, consent.ErrUnavailable) {
		t.Errorf("with consents down: %v, want ErrUnavailable", err)
	}
	if rows := w.rows(t, "entitlements", sub); rows != nil {
		t.Errorf("the gate is open without the evidence: %v", rows)
	}
	d = w.desk(t)
	d.Evidence = consent.Evidence{DB: silent{}, Table: "consents"}
	if _, err := d.Agree(t.Context(), sub, wish, browser); !errors.Is(err, consent.ErrUnavailable) {
		t.Errorf("with the evidence unreadable: %v, want ErrUnavailable", err)
	}
}
