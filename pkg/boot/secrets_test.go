package boot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"callanalyst/pkg/boot"
)

type stripeSecret struct {
	Key string `json:"secret_key"`
}

// vault is a Secrets Manager of one secret that counts its reads.
type vault struct {
	gate  chan struct{} // nil lets every read through at once
	mu    sync.Mutex
	text  string
	err   error
	reads int
}

func (v *vault) GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	if v.gate != nil {
		<-v.gate
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.reads++
	if v.err != nil {
		return nil, v.err
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: new(v.text)}, nil
}

func (v *vault) set(key string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.text, v.err = fmt.Sprintf(`{"secret_key":%q}`, key), err
}

func read(t *testing.T, s *boot.Secrets) string {
	t.Helper()
	v, err := boot.Read[stripeSecret](t.Context(), s, "callanalyst/stripe")
	if err != nil {
		t.Fatal(err)
	}
	return v.Key
}

func TestSecretsAreReadOnceUntilTheyAreOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vault{}
		v.set("k1", nil)
		s := &boot.Secrets{Client: v, Now: time.Now, TTL: time.Minute}
		for range 3 {
			read(t, s)
		}
		if v.reads != 1 {
			t.Errorf("%d reads within the TTL, want 1", v.reads)
		}
		v.set("k2", nil)
		time.Sleep(2 * time.Minute) // synctest's clock: no time passes
		if got := read(t, s); got != "k2" || v.reads != 2 {
			t.Errorf("after the TTL: %q with %d reads, want k2 with 2", got, v.reads)
		}
		v.set("", errors.New("throttled"))
		time.Sleep(2 * time.Minute)
		if got := read(t, s); got != "k2" {
			t.Errorf("with Secrets Manager down: %q, want the old k2", got)
		}
	})
}

func TestUseFetchesAnewWhenTheUpstreamRejectsTheSecret(t *testing.T) {
	t.Parallel()
	v := &vault{}
	v.set("old", nil)
	s := &boot.Secrets{Client: v, Now: time.Now}
	read(t, s)
	v.set("new", nil)
	var used []string
	err := boot.Use(t.Context(), s, "callanalyst/stripe", func(_ context.Context, k stripeSecret) error {
		used = append(used, k.Key)
		if k.Key == "old" {
			return fmt.Errorf("401: %w", boot.ErrRejected)
		}
		return nil
	})
	if err != nil || strings.Join(used, " ") != "old new" {
		t.Errorf("Use = %v after %q, want success after old new", err, used)
	}
}

func TestUseGivesUpWhenTheSecretIsUnchanged(t *testing.T) {
	t.Parallel()
	v := &vault{}
	v.set("bad", nil)
	s := &boot.Secrets{Client: v, Now: time.Now}
	calls := 0
	err := boot.Use(t.Context(), s, "callanalyst/stripe", func(context.Context, stripeSecret) error {
		calls++
		return boot.ErrRejected
	})
	if !errors.Is(err, boot.ErrRejected) || calls != 1 {
		t.Errorf("Use = %v after %d calls, want ErrRejected after 1", err, calls)
	}
}

func TestAMalformedSecretIsNotRepeatedInTheError(t *testing.T) {
	t.Parallel()
	v := &vault{text: `sk_live_not_json`}
	s := &boot.Secrets{Client: v, Now: time.Now}
	_, err := boot.Read[stripeSecret](t.Context(), s, "callanalyst/stripe")
	if err == nil || strings.Contains(err.Error(), "sk_live") || !strings.Contains(err.Error(), "callanalyst/stripe") {
		t.Errorf("Read = %v, want an error that names the secret and not its value", err)
	}
}

func TestConcurrentReadersShareOneFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vault{gate: make(chan struct{})}
		v.set("k", nil)
		s := &boot.Secrets{Client: v, Now: time.Now}
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := boot.Read[stripeSecret](t.Context(), s, "x"); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // one reader is at the gate, the others wait for it
		close(v.gate)
		wg.Wait()
		if v.reads != 1 {
			t.Errorf("%d fetches for 50 readers at once, want 1", v.reads)
		}
	})
}
