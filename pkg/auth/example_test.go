package auth_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"callanalyst/pkg/auth"
)

// A function makes its verifier once, while it starts, with the key set that it
// was handed at deploy, and asks it about every request.
func ExampleVerifier_Authenticate() {
	issuer, client := auth.Issuer("us-east-2_AbCdEfGhI"), "57cbishk4j24pabc1234567890"
	token, keySet := signIn(issuer, client)

	verifier, err := auth.New(auth.Config{
		Issuer:    issuer,
		ClientIDs: []string{client},
		KeySet:    keySet,
		Client:    &http.Client{},
	})
	if err != nil {
		fmt.Println(err) // lists everything that is missing
		return
	}

	caller, err := verifier.Authenticate(context.Background(), "Bearer "+token)
	fmt.Println(caller.Sub, err)

	_, err = verifier.Authenticate(context.Background(), "Bearer "+token+"x")
	fmt.Println(errors.Is(err, auth.TokenInvalid), err)

	_, err = verifier.Authenticate(context.Background(), "")
	fmt.Println(errors.Is(err, auth.TokenMissing), err)
	// Output:
	// 0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b <nil>
	// true TOKEN_INVALID: not three base64url parts
	// true TOKEN_MISSING
}

// signIn plays Cognito: it returns an access token and the key set to check it.
func signIn(issuer, client string) (token string, keySet []byte) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", nil
	}
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": issuer, "client_id": client, "token_use": "access",
		"sub": "0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b", "exp": time.Now().Add(time.Hour).Unix(),
	})
	t.Header["kid"] = "pool-key"
	token, _ = t.SignedString(key)
	n := base64.RawURLEncoding.EncodeToString(key.N.Bytes())
	e := base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())
	return token, fmt.Appendf(nil, `{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","kid":"pool-key","n":%q,"e":%q}]}`, n, e)
}
