package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/MicahParks/jwkset"
)

const (
	fetchTimeout = 3 * time.Second // of one fetch, body included
	maxKeySet    = 64 << 10        // bytes; Cognito's set is under 1 KB
)

// keyring is the pool's key set as jwkset keeps it, with one addition: reading
// an unknown key may fetch the set anew. The library's own HTTP storage is not
// used, because it refreshes in a goroutine that Lambda freezes, waits up to a
// minute, reads a body of any length and swallows the first failure.
type keyring struct {
	*jwkset.MemoryJWKSet // the last good set; a failed fetch leaves it alone

	url    string
	client *http.Client
	now    func() time.Time

	turn   chan struct{} // holds one token: whoever has it may touch the fields below
	held   bool          // a good set is in MemoryJWKSet
	window window
}

// newKeyring returns a keyring that holds c.KeySet, if there is one.
func newKeyring(c Config) (*keyring, error) {
	k := &keyring{
		MemoryJWKSet: jwkset.NewMemoryStorage(),
		url:          c.KeysURL,
		client:       withoutRedirects(c.Client),
		now:          c.Now,
		turn:         make(chan struct{}, 1),
	}
	if len(c.KeySet) == 0 {
		return k, nil
	}
	set, err := parseKeySet(c.KeySet)
	if err != nil {
		return nil, fmt.Errorf("KeySet cannot be used: %w", err)
	}
	return k, k.hold(context.Background(), set)
}

// withoutRedirects returns a copy of c that takes a redirect for an answer: the
// keys are where the configuration says and nowhere else.
func withoutRedirects(c *http.Client) *http.Client {
	if c == nil {
		return nil
	}
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

func (k *keyring) hold(ctx context.Context, set []jwkset.JWK) error {
	k.held = true
	return k.KeyReplaceAll(ctx, set)
}

// KeyRead implements jwkset.Storage. An unknown kid may cause one fetch; the
// error is then jwkset.ErrKeyNotFound if the pool has no such key, and
// ErrKeysUnavailable if there is no key set to look into.
func (k *keyring) KeyRead(ctx context.Context, kid string) (jwkset.JWK, error) {
	if key, err := k.MemoryJWKSet.KeyRead(ctx, kid); err == nil {
		return key, nil
	}
	if err := k.refresh(ctx, kid); err != nil {
		return jwkset.JWK{}, err
	}
	return k.MemoryJWKSet.KeyRead(ctx, kid)
}

// load fetches a key set unless one is held.
func (k *keyring) load(ctx context.Context) error {
	leave, err := k.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if k.held {
		return nil
	}
	return k.fetchOnce(ctx)
}

// refresh fetches the key set on behalf of kid, if it may. Concurrent callers
// take turns; the first one's fetch closes the window for those behind it, who
// then look into what it brought.
func (k *keyring) refresh(ctx context.Context, kid string) error {
	leave, err := k.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if k.window.refuses(kid, k.now(), k.held) {
		return k.verdict(errTooSoon)
	}
	return k.verdict(k.fetchOnce(ctx))
}

// enter waits for this caller's turn, or for its context to end.
func (k *keyring) enter(ctx context.Context) (leave func(), err error) {
	select {
	case k.turn <- struct{}{}:
		return func() { <-k.turn }, nil
	case <-ctx.Done():
		return nil, keysUnavailable(ctx.Err())
	}
}

// verdict lets a held set decide, whatever became of the fetch: an unknown key
// is then simply not the pool's. Without a set nothing can be decided.
func (k *keyring) verdict(err error) error {
	if k.held || err == nil {
		return nil
	}
	return keysUnavailable(err)
}

// fetchOnce fetches and holds the set, and closes the window for the next fetch.
// A fetch that ended because its own caller went away does not count.
func (k *keyring) fetchOnce(ctx context.Context) error {
	set, err := k.fetch(ctx)
	if err == nil {
		err = k.hold(ctx, set)
	}
	if ctx.Err() == nil {
		k.window.close(k.now(), k.held)
	}
	return err
}

// fetch reads the set from its address.
func (k *keyring) fetch(ctx context.Context) ([]jwkset.JWK, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, fmt.Errorf("auth: fetch keys: %w", err)
	}
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("auth: fetch keys: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("auth: fetch keys from %s: status %d", k.url, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeySet+1))
	if err != nil {
		return nil, fmt.Errorf("auth: read keys from %s: %w", k.url, err)
	}
	if len(body) > maxKeySet {
		return nil, fmt.Errorf("auth: keys from %s: longer than 64 KB", k.url)
	}
	return parseKeySet(body)
}

// errTooSoon reports that the last fetch is too recent for another.
var errTooSoon = errors.New("auth: keys were asked for a moment ago")

// keysUnavailable keeps a cause that is ErrKeysUnavailable already as it is.
func keysUnavailable(err error) error {
	if errors.Is(err, ErrKeysUnavailable) {
		return err
	}
	return ErrKeysUnavailable.With(err)
}
