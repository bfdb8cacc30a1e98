package calendar

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/fault"
)

// ErrState reports a callback that belongs to no attempt of this browser: it is
// unknown, used already, older than ten minutes, or another browser's. Which of
// them it is nobody is told.
var ErrState = fault.New(fault.Invalid, "CALENDAR_STATE_INVALID", "This way back from Google is no longer valid. Connect your calendar again, in one browser.")

// attemptTTL is how long a user may take to consent.
const attemptTTL = 10 * time.Minute

// Attempt is one try to connect, between the click and the callback.
type Attempt struct {
	Sub      string
	Verifier string // PKCE
}

// Attempts keeps attempts in the table oauth_states. A row is found by a hash of
// its state and opened by a hash of the browser's cookie, so that reading the
// table is not enough to use one. It is safe for concurrent use.
type Attempts struct {
	DB interface {
		PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
		DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	}
	Table string // oauth_states, by its real name
	Rand  io.Reader
	Now   func() time.Time
}

// Begin stores an attempt and returns its two keys: the state, which travels by
// way of Google, and the browser's, which stays in its cookie.
func (a Attempts) Begin(ctx context.Context, t Attempt) (state, browser string, err error) {
	if state, err = random(a.Rand); err != nil {
		return "", "", err
	}
	if browser, err = random(a.Rand); err != nil {
		return "", "", err
	}
	_, err = a.DB.PutItem(ctx, &dynamodb.PutItemInput{TableName: &a.Table, Item: Item{
		"state_hash": str(hash(state)), "browser_hash": str(hash(browser)), "cognito_sub": str(t.Sub), "verifier": str(t.Verifier),
		"ttl": at(a.Now().Add(attemptTTL)),
	}})
	if err != nil {
		return "", "", ErrStore.With(fmt.Errorf("calendar: store attempt of %s: %w", t.Sub, err))
	}
	return state, browser, nil
}

// Take returns the attempt and removes it, at once: of any number of callbacks
// with one state a single one gets it. Another browser's callback, or a late one,
// gets ErrState and leaves it where it is. DynamoDB removes rows some time after
// their ttl only, so it is looked at here.
func (a Attempts) Take(ctx context.Context, state, browser string) (Attempt, error) {
	if len(state) != secretLength || len(browser) != secretLength {
		return Attempt{}, ErrState
	}
	out, err := a.DB.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &a.Table, Key: Item{"state_hash": str(hash(state))}, ReturnValues: types.ReturnValueAllOld,
		ConditionExpression:       aws.String("browser_hash = :browser AND #ttl > :now"),
		ExpressionAttributeNames:  map[string]string{"#ttl": "ttl"},
		ExpressionAttributeValues: Item{":browser": str(hash(browser)), ":now": at(a.Now())},
	})
	var other *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &other):
		return Attempt{}, ErrState
	case err != nil:
		return Attempt{}, ErrStore.With(fmt.Errorf("calendar: take attempt: %w", err))
	}
	return Attempt{Sub: words(out.Attributes["cognito_sub"]), Verifier: words(out.Attributes["verifier"])}, nil
}

// secretLength is that of 32 random bytes as base64.
const secretLength = 43

// random returns 256 random bits as text that goes into a URL or a cookie. It is
// a PKCE verifier, too.
func random(r io.Reader) (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(r, b); err != nil {
		return "", fmt.Errorf("calendar: read randomness: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
