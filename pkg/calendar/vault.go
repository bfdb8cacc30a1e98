package calendar

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Purpose is what a sealed token is for. One sealed for one purpose does not open
// for the other.
type Purpose string

// The purposes of tokens.
const (
	RefreshToken Purpose = "google-refresh-token"
	AccessToken  Purpose = "google-access-token"
)

// ErrSealed reports a token that its seal does not open for this user: it was
// sealed for another one, or was changed. A wrong key is not that: it would be our
// own mistake, and a token that opens again once it is mended.
var ErrSealed = errors.New("calendar: the token does not open for this user")

// Vault seals tokens with KMS. The user and the purpose are part of the seal, so
// a token that is copied into another user's row opens for nobody, and every use
// of the key is in CloudTrail with the user it was for.
type Vault struct {
	KMS interface {
		Encrypt(context.Context, *kms.EncryptInput, ...func(*kms.Options)) (*kms.EncryptOutput, error)
		Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error)
	}
	KeyID string // the key's ARN
}

func seal(sub string, p Purpose) map[string]string {
	return map[string]string{"cognito_sub": sub, "purpose": string(p)}
}

// Seal encrypts a user's token, of at most 4 KB.
func (v Vault) Seal(ctx context.Context, sub string, p Purpose, token string) ([]byte, error) {
	out, err := v.KMS.Encrypt(ctx, &kms.EncryptInput{KeyId: &v.KeyID, Plaintext: []byte(token), EncryptionContext: seal(sub, p)})
	if err != nil {
		return nil, ErrStore.With(fmt.Errorf("calendar: seal %s of %s: %w", p, sub, err))
	}
	return out.CiphertextBlob, nil
}

// Open decrypts what Seal made. Its error is ErrSealed when that can never work.
func (v Vault) Open(ctx context.Context, sub string, p Purpose, sealed []byte) (string, error) {
	out, err := v.KMS.Decrypt(ctx, &kms.DecryptInput{KeyId: &v.KeyID, CiphertextBlob: sealed, EncryptionContext: seal(sub, p)})
	var broken *types.InvalidCiphertextException
	if errors.As(err, &broken) {
		return "", fmt.Errorf("%w: %s of %s", ErrSealed, p, sub)
	}
	if err != nil {
		return "", ErrStore.With(fmt.Errorf("calendar: open %s of %s: %w", p, sub, err))
	}
	return string(out.Plaintext), nil
}
