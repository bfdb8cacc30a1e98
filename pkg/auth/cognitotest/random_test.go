package cognitotest_test

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"
)

// drying is randomness that ends after some reads.
type drying struct {
	mu   sync.Mutex
	left int
}

func (d *drying) Read(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	d.left--
	return rand.Read(b)
}

func (d *drying) set(left int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = left
}

const plenty = 1 << 20

// Wherever the randomness ends, the call fails as a whole with one error: no
// guessable code or token is ever made in its place.
func TestWithoutRandomness(t *testing.T) {
	t.Parallel()
	d := &drying{left: plenty}
	p := newPool(t, func(c *configuration) { c.Rand, c.Rotation.On = d, true })
	p.confirmed(t, email)
	r := p.login(t, email, password)
	acts := map[string]func() error{
		"SignUp": func() error {
			_, err := p.SignUp(t.Context(), &cip.SignUpInput{ClientId: aws.String(clientID), Username: aws.String("bob@example.com"), Password: aws.String(password)})
			return err
		},
		"InitiateAuth": func() error { _, err := p.tryPassword(t.Context(), email, password); return err },
		"AdminCreateUser": func() error {
			_, err := p.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: aws.String(poolID), Username: aws.String("carol@example.com")})
			return err
		},
		"AssociateSoftwareToken": func() error {
			_, err := p.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: r.AccessToken})
			return err
		},
		"GetTokensFromRefreshToken": func() error { _, err := p.rotate(t, r.RefreshToken); return err },
		"UpdateUserAttributes":      func() error { _, err := p.update(t, r.AccessToken, "email", "new@example.com"); return err },
		"SendSignInCode":            func() error { return p.server.SendSignInCode(t.Context(), email, nil) },
	}
	for name, act := range acts {
		t.Run(name, func(t *testing.T) {
			left := 0
			for d.set(left); ; d.set(left) {
				err := act()
				if err == nil {
					break
				}
				var e smithy.APIError
				if errors.As(err, &e) && e.ErrorCode() != "InternalErrorException" {
					t.Fatalf("with %d reads: %v, want InternalErrorException", left, err)
				}
				left++
			}
			if left == 0 {
				t.Error("the call needs no randomness")
			}
			d.set(plenty)
		})
	}
}

func TestHostedWithoutRandomness(t *testing.T) {
	t.Parallel()
	d := &drying{left: plenty}
	p := newPool(t, func(c *configuration) { c.Rand = d })
	for left := 0; ; left++ {
		b := newBrowser(t, p)
		d.set(left)
		v := b.open(authorizePath("identity_provider", "Google"))
		if v.status == http.StatusOK {
			v = b.submit(v, "email", email)
		}
		code := v.out.Get("code")
		d.set(plenty)
		if code == "" && v.status != http.StatusBadRequest && v.out.Get("error") == "" {
			t.Fatalf("with %d reads: status %d, %v, want an error page or an error", left, v.status, v.out)
		}
		if code != "" {
			if left == 0 {
				t.Error("a sign-in needs no randomness")
			}
			return
		}
	}
}
