// Package suppress knows which addresses get no mail, and why: SES tells what
// became of each mail, and what that means for an address is kept in the table
// suppressions, under a hash. Nothing here sends, so that a function which only
// asks carries no mail client.
package suppress

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/fault"
)

// ErrUnavailable reports that the table did not take what it was told.
var ErrUnavailable = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "That could not be stored now. Try again.").After(2 * time.Second)

// Reason is why an address gets no more mail; "" if it does.
type Reason string

// The reasons, as the table suppressions holds them.
const (
	Bounce    Reason = "bounce"    // mail to it came back for good: nothing is sent
	Complaint Reason = "complaint" // its reader called a mail spam: codes and warnings alone are sent
)

// StopsAll reports whether no mail at all is sent, not even a code.
func (r Reason) StopsAll() bool { return r == Bounce }

// StopsProduct reports whether no mail is sent but codes and warnings.
func (r Reason) StopsProduct() bool { return r == Bounce || r == Complaint }

// Hash is an address as the tables know it: the hex SHA-256 of it in lower case,
// without white space around it.
func Hash(address string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(address))))
	return hex.EncodeToString(sum[:])
}

// Reader reads the table suppressions: key email_hash, attribute reason. It is
// safe for concurrent use.
type Reader struct {
	// DB is the one call of *dynamodb.Client that is used.
	DB interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	}
	Table string
}

// Reason returns why the address gets no mail, or "".
func (s *Reader) Reason(ctx context.Context, address string) (Reason, error) {
	out, err := s.DB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.Table, ProjectionExpression: aws.String("reason"),
		Key: map[string]types.AttributeValue{"email_hash": str(Hash(address))},
	})
	if err != nil {
		return "", fmt.Errorf("suppress: read an address: %w", err)
	}
	reason, _ := out.Item["reason"].(*types.AttributeValueMemberS)
	if reason == nil {
		return "", nil
	}
	return Reason(reason.Value), nil
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
