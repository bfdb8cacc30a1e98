package calendar

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Channel is a way by which Google tells that a calendar has changed, though not
// what, and not surely. The zero Channel is none, and the next one is due.
type Channel struct {
	ID       string    // ours; it names its user
	Resource string    // Google's id of what is watched; needed to stop the channel
	Token    string    // a hash of the secret that Google repeats with each message
	Until    time.Time // when Google ends it
	RenewAt  time.Time // when to open the next one, or to try again
	Failures int       // openings in a row that failed
}

const (
	// maxChannelID is the longest id that Google takes.
	maxChannelID = 64
	// idMark parts the user from what is random. Google allows it in an id, and
	// unpadded base64 does not have it.
	idMark = "="
)

// NewChannel returns a channel of the user's that nobody has opened yet, and its
// secret, which is kept nowhere.
func NewChannel(sub string, r io.Reader) (c Channel, secret string, err error) {
	if secret, err = random(r); err != nil {
		return Channel{}, "", err
	}
	serial, err := random(r)
	if err != nil {
		return Channel{}, "", err
	}
	id := base64.RawURLEncoding.EncodeToString([]byte(sub)) + idMark + serial[:12]
	if len(id) > maxChannelID {
		return Channel{}, "", fmt.Errorf("calendar: the sub %s is too long for the id of a channel", sub)
	}
	return Channel{ID: id, Token: hash(secret)}, secret, nil
}

// ChannelOwner returns whose channel id is, as it says itself: anybody can make
// one up.
func ChannelOwner(id string) (sub string, ok bool) {
	text, serial, ok := strings.Cut(id, idMark)
	if !ok || serial == "" || len(id) > maxChannelID || strings.ContainsAny(text, "\r\n") { // base64 skips line breaks
		return "", false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return string(b), err == nil && len(b) > 0
}

// Live reports whether Google tells by the channel at now.
func (c Channel) Live(now time.Time) bool { return c.ID != "" && now.Before(c.Until) }

// Proves reports whether a message comes by this channel: it is live, and the
// message has its id and its secret.
func (c Channel) Proves(id, secret string, now time.Time) bool {
	known := subtle.ConstantTimeCompare([]byte(id), []byte(c.ID)) & subtle.ConstantTimeCompare([]byte(hash(secret)), []byte(c.Token))
	return known == 1 && c.Live(now)
}

func (c Channel) item() types.AttributeValue {
	return &types.AttributeValueMemberM{Value: Item{
		"id": str(c.ID), "resource": str(c.Resource), "token_hash": str(c.Token),
		"until": at(c.Until), "renew_at": at(c.RenewAt), "failures": num(int64(c.Failures)),
	}}
}

func channelOf(v types.AttributeValue) Channel {
	it := members(v)
	return Channel{
		ID: words(it["id"]), Resource: words(it["resource"]), Token: words(it["token_hash"]),
		Until: moment(it["until"]), RenewAt: moment(it["renew_at"]), Failures: int(whole(it["failures"])),
	}
}

// Ring records in c's row when the look that a message asked for comes, and until
// when looks by push are paid for. It changes no version: whoever works on the
// connection is not disturbed. It is ErrChanged, and changes nothing, when another
// message was quicker, or the channel is not the connection's any more.
func (s Store) Ring(ctx context.Context, c Connection, look, paid time.Time) error {
	_, err := s.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.Table, Key: Key(c.Sub), UpdateExpression: aws.String("SET push_at = :at, push_paid = :paid"),
		ConditionExpression:      aws.String("#state = :active AND #channel.#id = :id AND (attribute_not_exists(push_at) OR push_at = :was)"),
		ExpressionAttributeNames: map[string]string{"#state": "state", "#channel": "channel", "#id": "id"},
		ExpressionAttributeValues: Item{
			":active": str(string(Active)), ":id": str(c.Channel.ID), ":was": at(c.PushAt), ":at": at(look), ":paid": at(paid),
		},
	})
	return wrong("ring", c.Sub, err)
}
