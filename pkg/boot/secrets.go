package boot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"golang.org/x/sync/singleflight"
)

// ErrRejected reports that an upstream refused the secret it was given. A
// caller of Use wraps it, so that a rotated secret is fetched anew at once.
var ErrRejected = errors.New("secret rejected by its upstream")

// Secrets is a cache of JSON secrets for one process. It is safe for concurrent
// use; concurrent readers of one secret share one fetch. After TTL a secret is
// fetched again; if that fails, the old one serves on.
type Secrets struct {
	Client interface {
		GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
	}
	Now func() time.Time
	TTL time.Duration // zero means 5 minutes

	mu     sync.Mutex
	cached map[string]cachedSecret
	flight singleflight.Group
}

type cachedSecret struct {
	text    []byte
	fetched time.Time
}

// NewSecrets returns the process's cache over Secrets Manager.
func (p *Process) NewSecrets() *Secrets {
	return &Secrets{Client: secretsmanager.NewFromConfig(p.AWS("SECRETS_MANAGER")), Now: p.Now}
}

// Use reads the secret id (a name or an ARN) as a T and calls fn with it. When
// fn's error wraps ErrRejected, the secret is fetched anew and, if it has
// changed, fn is called once more.
func Use[T any](ctx context.Context, s *Secrets, id string, fn func(context.Context, T) error) error {
	text, err := s.get(ctx, id)
	if err != nil {
		return err
	}
	err = callWith(ctx, id, text, fn)
	if !errors.Is(err, ErrRejected) {
		return err
	}
	fresh, fetchErr := s.fetch(ctx, id)
	if fetchErr != nil || string(fresh) == string(text) {
		return err
	}
	return callWith(ctx, id, fresh, fn)
}

// Read returns the secret id as a T.
func Read[T any](ctx context.Context, s *Secrets, id string) (T, error) {
	var out T
	err := Use(ctx, s, id, func(_ context.Context, v T) error {
		out = v
		return nil
	})
	return out, err
}

func callWith[T any](ctx context.Context, id string, text []byte, fn func(context.Context, T) error) error {
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		// The decoder's own error may quote the secret's text.
		return fmt.Errorf("boot: secret %s is not the JSON object expected", id)
	}
	return fn(ctx, v)
}

// get returns the cached text while it is fresh. A stale one is kept when
// Secrets Manager does not answer: an old key most likely still works.
func (s *Secrets) get(ctx context.Context, id string) ([]byte, error) {
	s.mu.Lock()
	c, ok := s.cached[id]
	s.mu.Unlock()
	if ok && s.Now().Sub(c.fetched) < s.ttl() {
		return c.text, nil
	}
	text, err := s.fetch(ctx, id)
	if err != nil && ok {
		return c.text, nil
	}
	return text, err
}

func (s *Secrets) fetch(ctx context.Context, id string) ([]byte, error) {
	v, err, _ := s.flight.Do(id, func() (any, error) {
		out, err := s.Client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
		if err != nil {
			return nil, fmt.Errorf("boot: read secret %s: %w", id, err)
		}
		if out.SecretString == nil {
			return nil, fmt.Errorf("boot: secret %s has no text", id)
		}
		text := []byte(*out.SecretString)
		s.keep(id, text)
		return text, nil
	})
	if err != nil {
		return nil, err
	}
	return v.([]byte), nil
}

func (s *Secrets) keep(id string, text []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cached == nil {
		s.cached = map[string]cachedSecret{}
	}
	s.cached[id] = cachedSecret{text: text, fetched: s.Now()}
}

func (s *Secrets) ttl() time.Duration {
	if s.TTL > 0 {
		return s.TTL
	}
	return 5 * time.Minute
}
