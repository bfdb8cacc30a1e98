package emailcode

import (
	"errors"

	mpltypes "github.com/aws/aws-cryptographic-material-providers-library/releases/go/mpl/awscryptographymaterialproviderssmithygeneratedtypes"
	esdktypes "github.com/aws/aws-encryption-sdk/releases/go/encryption-sdk/awscryptographyencryptionsdksmithygeneratedtypes"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"callanalyst/pkg/fault"
)

// The ways in which Decrypt fails. None carries the code or its plaintext.
var (
	// ErrMalformed reports text that cannot be a code of Cognito.
	ErrMalformed = fault.New(fault.Invalid, "CODE_MALFORMED", "The code is not in the form that Cognito sends.")
	// ErrRefused reports a message that KMS or the Encryption SDK refuses:
	// changed, truncated, under another key, or with more than one data key.
	ErrRefused = fault.New(fault.Internal, "CODE_REFUSED", "The code could not be decrypted.")
	// ErrPool reports a message that was made for another user pool.
	ErrPool = fault.New(fault.Forbidden, "CODE_OTHER_POOL", "The code belongs to another user pool.")
	// ErrUnavailable reports that KMS did not decide: it is down, slow,
	// throttling, or denies this function the key.
	ErrUnavailable = fault.New(fault.Unavailable, "CODE_KEY_UNAVAILABLE", "The code could not be decrypted now. Try again.")
)

// classify turns an error of the Encryption SDK into one of ours.
func classify(err error) error {
	if call := kmsFailure(err); call != nil {
		return ErrUnavailable.With(call)
	}
	return ErrRefused.With(reason(err))
}

// kmsFailure returns the failed KMS call behind an error, if there is one that
// says nothing about the message.
func kmsFailure(err error) error {
	var many mpltypes.CollectionOfErrors
	if !errors.As(err, &many) {
		return nil
	}
	for _, e := range many.ListOfErrors {
		if ofKMS(e) && !aboutMessage(e) {
			return e
		}
	}
	return nil
}

// ofKMS tells whether an error came from a call to KMS. Of the errors that
// KMS documents the SDK passes on the answer alone, of others the whole call.
func ofKMS(err error) bool {
	var answer smithy.APIError
	var call *smithy.OperationError
	return errors.As(err, &answer) || errors.As(err, &call)
}

// aboutMessage tells whether KMS refused the sealed data key itself.
func aboutMessage(err error) bool {
	var changed *types.InvalidCiphertextException
	var otherKey *types.IncorrectKeyException
	return errors.As(err, &changed) || errors.As(err, &otherKey)
}

// reason reduces an error of the Encryption SDK, whose text is a dump of its
// fields, to its sentence.
func reason(err error) error {
	var sdk esdktypes.AwsEncryptionSdkException
	var materials mpltypes.AwsCryptographicMaterialProvidersException
	var suite mpltypes.InvalidAlgorithmSuiteInfoOnDecrypt
	var many mpltypes.CollectionOfErrors
	switch {
	case errors.As(err, &sdk):
		return errors.New(sdk.Message)
	case errors.As(err, &materials):
		return errors.New(materials.Message)
	case errors.As(err, &suite):
		return errors.New(suite.Message)
	case errors.As(err, &many):
		return errors.New(many.Message)
	}
	return errors.New("message does not authenticate")
}
