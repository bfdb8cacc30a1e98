// Package emailcode decrypts the codes and temporary passwords that Cognito
// hands to a custom e-mail sender.
//
// They are AWS Encryption SDK messages, made under algorithm suite 0x0378,
// which does not commit to its key. The SDK's default policy refuses that
// suite, so this package asks for RequireEncryptAllowDecrypt; it never
// encrypts. What a commitment would protect against needs a second data key in
// the message, and messages with more than one are refused.
//
// This is the only package that may import the Encryption SDK: it adds 6 MB to
// a binary and minutes to a first build.
package emailcode

import (
	"context"
	"encoding/base64"
	"fmt"
	"sync"

	mpl "github.com/aws/aws-cryptographic-material-providers-library/releases/go/mpl/awscryptographymaterialproviderssmithygenerated"
	mpltypes "github.com/aws/aws-cryptographic-material-providers-library/releases/go/mpl/awscryptographymaterialproviderssmithygeneratedtypes"
	esdk "github.com/aws/aws-encryption-sdk/releases/go/encryption-sdk/awscryptographyencryptionsdksmithygenerated"
	esdktypes "github.com/aws/aws-encryption-sdk/releases/go/encryption-sdk/awscryptographyencryptionsdksmithygeneratedtypes"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// maxCode is the longest text taken for a code, in bytes. Cognito's are about
// 1,000 long; the longest plaintext is an escaped 256-character password.
const maxCode = 8 << 10

// contextPool is the key under which Cognito binds a message to its pool.
const contextPool = "userpool-id"

// sdkUse is held while the Encryption SDK works. The runtime of the language
// that the SDK is generated from writes flags into constants that all its
// callers share, so that two calls at once are a data race. A Lambda process
// serves one event at a time and never waits here.
var sdkUse sync.Mutex

// Decrypter decrypts the codes of user pools whose custom sender key is one
// KMS key. It is safe for concurrent use. Make it with New.
type Decrypter struct {
	sdk       *esdk.Client
	materials *mpl.Client
	kms       *kms.Client
	keyARN    string
	poolID    string
}

// New returns a Decrypter for the KMS key with this ARN; an alias would match
// no message. If poolID is not empty, codes of every other pool are refused.
func New(client *kms.Client, keyARN, poolID string) (*Decrypter, error) {
	sdkUse.Lock()
	defer sdkUse.Unlock()
	policy, keys := mpltypes.ESDKCommitmentPolicyRequireEncryptAllowDecrypt, int64(1)
	sdk, err := esdk.NewClient(esdktypes.AwsEncryptionSdkConfig{CommitmentPolicy: &policy, MaxEncryptedDataKeys: &keys})
	if err != nil {
		return nil, fmt.Errorf("emailcode: make client: %w", err)
	}
	materials, err := mpl.NewClient(mpltypes.MaterialProvidersConfig{})
	if err != nil {
		return nil, fmt.Errorf("emailcode: make material providers: %w", err)
	}
	d := &Decrypter{sdk: sdk, materials: materials, kms: client, keyARN: keyARN, poolID: poolID}
	if _, err := d.keyring(context.Background()); err != nil {
		return nil, fmt.Errorf("emailcode: key %s: %w", keyARN, reason(err))
	}
	return d, nil
}

// keyring returns the way to KMS for one call, which ends with ctx.
func (d *Decrypter) keyring(ctx context.Context) (mpltypes.IKeyring, error) {
	client := kms.New(d.kms.Options(), func(o *kms.Options) { o.APIOptions = append(o.APIOptions, endWith(ctx)) })
	return d.materials.CreateAwsKmsKeyring(ctx, mpltypes.CreateAwsKmsKeyringInput{KmsKeyId: d.keyARN, KmsClient: client})
}

// Decrypt returns the plaintext of request.code as Cognito encrypted it for
// the pool that the event names. Temporary passwords are still HTML-escaped.
// Its errors are ErrMalformed, ErrRefused, ErrPool or ErrUnavailable.
func (d *Decrypter) Decrypt(ctx context.Context, poolID, code string) (string, error) {
	plaintext, made, err := d.open(ctx, code)
	if err != nil {
		return "", err
	}
	if !d.belongs(poolID, made[contextPool]) {
		return "", ErrPool
	}
	return plaintext, nil
}

// open decrypts a message and returns its encryption context beside it.
func (d *Decrypter) open(ctx context.Context, code string) (string, map[string]string, error) {
	if code == "" || len(code) > maxCode {
		return "", nil, ErrMalformed
	}
	raw, err := base64.StdEncoding.DecodeString(code)
	if err != nil {
		return "", nil, ErrMalformed // the decoder's error could quote the code
	}
	sdkUse.Lock()
	defer sdkUse.Unlock()
	keyring, err := d.keyring(ctx)
	if err != nil {
		return "", nil, ErrRefused.With(reason(err))
	}
	out, err := d.sdk.Decrypt(ctx, esdktypes.DecryptInput{Ciphertext: raw, Keyring: keyring})
	if err != nil {
		return "", nil, classify(err)
	}
	return string(out.Plaintext), out.EncryptionContext, nil
}

// belongs tells whether a message's pool is the event's and the configured one.
func (d *Decrypter) belongs(eventPool, messagePool string) bool {
	if messagePool == "" || messagePool != eventPool {
		return false
	}
	return d.poolID == "" || d.poolID == messagePool
}
