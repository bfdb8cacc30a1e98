package codecrypt

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// KMSKey makes data keys with a KMS client.
type KMSKey struct {
	// Client is the one call of *kms.Client that is used.
	Client interface {
		GenerateDataKey(context.Context, *kms.GenerateDataKeyInput, ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error)
	}
	// ID is the key's id, ARN or alias.
	ID string
}

// DataKey implements DataKeys.
func (k KMSKey) DataKey(ctx context.Context, encryptionContext map[string]string) (keyARN string, plaintext, sealed []byte, err error) {
	out, err := k.Client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId: &k.ID, KeySpec: types.DataKeySpecAes256, EncryptionContext: encryptionContext,
	})
	if err != nil {
		return "", nil, nil, err
	}
	return aws.ToString(out.KeyId), out.Plaintext, out.CiphertextBlob, nil
}
