package solo

import (
	"context"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/boot/awstest"
)

// sealed matches a value that stands for a token as its row holds it.
var sealed = regexp.MustCompile(`^\{\{sealed:(\S+) (\S+) (\S+)\}\}$`)

// seal exchanges the top values of a row that stand for sealed tokens.
func (w *World) seal(ctx context.Context, row map[string]types.AttributeValue) error {
	for name, v := range row {
		text, ok := v.(*types.AttributeValueMemberS)
		if !ok {
			continue
		}
		m := sealed.FindStringSubmatch(text.Value)
		if m == nil {
			continue
		}
		out, err := w.AWS.KMS.Encrypt(ctx, awstest.EncryptInput{
			KeyID: calendarKeyID, Plaintext: []byte(m[3]), EncryptionContext: map[string]string{"cognito_sub": m[1], "purpose": m[2]},
		})
		if err != nil {
			return fmt.Errorf("seal %s: %w", name, err)
		}
		row[name] = &types.AttributeValueMemberB{Value: out.CiphertextBlob}
	}
	return nil
}
