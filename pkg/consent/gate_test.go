package consent_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/consent"
)

// waits is a waiting room: it keeps what it is told to, or fails, or hangs.
type waits struct {
	held map[string]consent.Acceptance
	err  error
	hang bool
}

func (w *waits) Hold(ctx context.Context, username string, a consent.Acceptance) error {
	if w.hang {
		<-ctx.Done()
		return consent.ErrUnavailable.With(ctx.Err())
	}
	if w.err == nil {
		w.held[username] = a
	}
	return w.err
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	errTable := consent.ErrUnavailable.With(errors.New("throttled"))
	yes := metadata{"tos_accepted": "true", "tos_version": june, "cookie_analytics": "true"}
	held := map[string]consent.Acceptance{"name-1": {Version: june, ClientID: "web", Source: consent.SignUp, Cookies: &consent.Cookies{Analytics: true}}}
	tests := []struct {
		name     string
		metadata metadata
		table    error
		want     error
		held     map[string]consent.Acceptance
	}{
		{name: "an acceptance is held and lets through", metadata: yes, held: held},
		{name: "no acceptance is refused and nothing held", want: consent.ErrNotAccepted},
		{name: "an acceptance of old terms is refused and nothing held", metadata: metadata{"tos_accepted": "true", "tos_version": "2024-01-01"}, want: consent.ErrStale},
		{name: "without a record nobody passes", metadata: yes, table: errTable, want: consent.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &waits{held: map[string]consent.Acceptance{}, err: tt.table}
			err := consent.Gate{Policy: policy(t), Waits: w}.Admit(t.Context(), "name-1", "web", tt.metadata)
			if !errors.Is(err, tt.want) {
				t.Errorf("Admit(%v) = %v, want %v", tt.metadata, err, tt.want)
			}
			if tt.held == nil {
				tt.held = map[string]consent.Acceptance{}
			}
			if d := cmp.Diff(tt.held, w.held); d != "" {
				t.Errorf("Admit(%v) held: want -, got +:\n%s", tt.metadata, d)
			}
		})
	}
}

// TestAdmitAnswersBeforeCognitoGivesUp leaves two of the trigger's five seconds.
func TestAdmitAnswersBeforeCognitoGivesUp(t *testing.T) {
	t.Parallel()
	p := policy(t)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := consent.Gate{Policy: p, Waits: &waits{hang: true}}.Admit(t.Context(), "name-1", "web", metadata{"tos_accepted": "true", "tos_version": june})
		if took := time.Since(start); !errors.Is(err, consent.ErrUnavailable) || took != 3*time.Second {
			t.Errorf("Admit with a silent table = %v after %s, want ErrUnavailable after 3s", err, took)
		}
	})
}
