package cognitotest

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"strings"
	"time"

	"callanalyst/pkg/auth/cognitotest/keys"
)

// Default names of the pool and its app client, used where Config leaves them
// empty.
const (
	DefaultPoolID   = "us-east-2_CallAnlst"
	DefaultClientID = "57cbishk4j24pabc1234567890"
)

// Config says what a Server is made of. Its zero value is a working pool without
// triggers whose codes go nowhere.
type Config struct {
	PoolID   string // "<region>_<name>"; DefaultPoolID if empty
	ClientID string // DefaultClientID if empty

	// Account is the AWS account in ARNs; zeros if empty. KMSKeyID is the ARN of the
	// key that encrypts codes; both are only shown, by DescribeUserPool.
	Account, KMSKeyID string

	// Now is the pool's clock; time.Now if nil.
	Now func() time.Time
	// Rand feeds user names, codes and tokens; the system's randomness if nil.
	Rand io.Reader
	// Keys signs the tokens; a new pair is generated if nil, which takes a good
	// part of a second.
	Keys *keys.Set
	// Log hears about functions that fail where no caller can be told. Nil is
	// silence. No code, password or token is ever written to it.
	Log *slog.Logger

	// Functions names the function behind each trigger; a trigger without one
	// does not fire.
	Functions map[Trigger]string
	// Lambda runs them. It is needed only if Functions is not empty.
	Lambda Invoker
	// EncryptCode encrypts a code or temporary password for the custom e-mail
	// sender, as the pool's key would. It is needed only with that trigger.
	EncryptCode func(ctx context.Context, poolID, plaintext string) (string, error)
	// Deliver receives what Cognito would mail itself: it is called only while no
	// custom e-mail sender is set. Nil drops the message.
	Deliver func(Message)

	// Rotation replaces REFRESH_TOKEN_AUTH by rotating refresh tokens.
	Rotation Rotation
	// NoPasswordAuth takes USER_PASSWORD_AUTH out of the client's flows.
	NoPasswordAuth bool
	// RequireMFA demands an authenticator app of everyone who signs in through the
	// API; without it, users choose.
	RequireMFA bool

	// CallbackURLs and LogoutURLs are the only addresses the hosted pages return
	// to. They are compared character by character.
	CallbackURLs, LogoutURLs []string
	// LinkInPlace lets the very sign-in during which an identity was linked go on
	// as the linked user. Cognito has been seen to do that, and to fail it with
	// "Already found an entry for username" so that only the next one works; the
	// latter is the default, because a client must cope with it.
	LinkInPlace bool
}

// Rotation is the app client's refresh token rotation. While it is on, the flow
// REFRESH_TOKEN_AUTH is refused and each refresh answers a new refresh token.
type Rotation struct {
	On bool
	// Grace is how long the replaced token still works; Cognito takes 0 to 60 s.
	Grace time.Duration
}

// Message is a mail that Cognito would write itself.
type Message struct {
	// Source is the trigger source a custom sender would have seen, such as
	// "CustomEmailSender_SignUp".
	Source string
	// Username and Email say whom it is for.
	Username, Email string
	// Code is the verification code, or the temporary password of an invitation.
	Code string
}

// withDefaults returns c with every empty field filled in.
func (c Config) withDefaults() Config {
	if c.PoolID == "" {
		c.PoolID = DefaultPoolID
	}
	if c.ClientID == "" {
		c.ClientID = DefaultClientID
	}
	if c.Account == "" {
		c.Account = "000000000000"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Deliver == nil {
		c.Deliver = func(Message) {}
	}
	return c
}

// region is the part of the pool id before the underscore.
func (c Config) region() string {
	region, _, _ := strings.Cut(c.PoolID, "_")
	return region
}

// poolName is the part of the pool id behind the underscore, which SRP hashes.
func (c Config) poolName() string {
	_, name, _ := strings.Cut(c.PoolID, "_")
	return name
}

// Issuer is the address that names the pool in its tokens. It is always the real
// one, wherever the server listens.
func (c Config) Issuer() string {
	return "https://cognito-idp." + c.region() + ".amazonaws.com/" + c.PoolID
}
