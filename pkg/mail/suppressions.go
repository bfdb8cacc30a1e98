package mail

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Reason is why an address gets no more mail; "" if it does.
type Reason string

// The reasons, as the table suppressions holds them.
const (
	Bounce    Reason = "bounce"    // mail to it came back for good: nothing is sent
	Complaint Reason = "complaint" // its reader called a mail spam: codes and warnings alone are sent
)

// blocks tells whether mail of the category is not sent.
func (r Reason) blocks(c Category) bool {
	return r == Bounce || r == Complaint && c == Product
}

// Suppressions reads the table suppressions: key email_hash, attribute reason.
type Suppressions struct {
	// DB is the one call of *dynamodb.Client that is used.
	DB interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	}
	Table string
}

// Reason returns why the address gets no mail, or "".
func (s *Suppressions) Reason(ctx context.Context, address string) (Reason, error) {
	out, err := s.DB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.Table, ProjectionExpression: aws.String("reason"),
		Key: map[string]types.AttributeValue{"email_hash": &types.AttributeValueMemberS{Value: AddressHash(address)}},
	})
	if err != nil {
		return "", fmt.Errorf("mail: read suppression: %w", err)
	}
	reason, _ := out.Item["reason"].(*types.AttributeValueMemberS)
	if reason == nil {
		return "", nil
	}
	return Reason(reason.Value), nil
}
