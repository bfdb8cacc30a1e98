package awstest_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"callanalyst/pkg/boot/awstest"
)

const (
	keyOne = "6f1f4f3e-7d0c-4d3e-9a57-0c1f0a3a4b5c"
	keyTwo = "0d9b1c7a-52f4-4a0c-8d5e-b1f2c3d4e5f6"
)

func TestKMSCiphertextOpensOnlyAsItWasSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arn := w.KMS.AddKey(keyOne, "alias/one")
	w.KMS.AddKey(keyTwo, "alias/two")
	client := kms.NewFromConfig(w.sdk)
	made := map[string]string{"userpool-id": "us-east-2_A", "purpose": "code"}
	sealed := check(client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: aws.String("alias/one"), Plaintext: []byte("123456"), EncryptionContext: made}))(t)
	if got := aws.ToString(sealed.KeyId); got != arn {
		t.Errorf("Encrypt by alias names key %q, want %q", got, arn)
	}
	changed := bytes.Clone(sealed.CiphertextBlob)
	changed[len(changed)-1] ^= 1
	tests := []struct {
		name    string
		blob    []byte
		key     string
		context map[string]string
		want    string // error code
	}{
		{name: "same context, no key named", context: made},
		{name: "same context, key by id", key: keyOne, context: made},
		{name: "same context, key by ARN", key: arn, context: made},
		{name: "same context, key by alias", key: "alias/one", context: made},
		{name: "no context", want: "InvalidCiphertextException"},
		{name: "another value", context: map[string]string{"userpool-id": "us-east-2_B", "purpose": "code"}, want: "InvalidCiphertextException"},
		{name: "one pair less", context: map[string]string{"userpool-id": "us-east-2_A"}, want: "InvalidCiphertextException"},
		{name: "one pair more", context: map[string]string{"userpool-id": "us-east-2_A", "purpose": "code", "x": ""}, want: "InvalidCiphertextException"},
		{name: "keys and values shifted", context: map[string]string{"userpool-idus": "-east-2_A", "purpose": "code"}, want: "InvalidCiphertextException"},
		{name: "another key", key: "alias/two", context: made, want: "IncorrectKeyException"},
		{name: "an unknown key", key: "11111111-1111-1111-1111-111111111111", context: made, want: "NotFoundException"},
		{name: "an unknown alias", key: "alias/none", context: made, want: "NotFoundException"},
		{name: "a changed blob", blob: changed, context: made, want: "InvalidCiphertextException"},
		{name: "a cut blob", blob: sealed.CiphertextBlob[:20], context: made, want: "InvalidCiphertextException"},
		{name: "a blob cut inside its nonce", blob: sealed.CiphertextBlob[:42], context: made, want: "InvalidCiphertextException"},
		{name: "no blob of ours", blob: []byte("hello"), context: made, want: "InvalidCiphertextException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: tt.context}
			if tt.blob != nil {
				in.CiphertextBlob = tt.blob
			}
			if tt.key != "" {
				in.KeyId = &tt.key
			}
			out, err := client.Decrypt(t.Context(), in)
			if got := codeOf(t, err); got != tt.want {
				t.Fatalf("Decrypt error = %v, want %q", err, tt.want)
			}
			if tt.want == "" && (string(out.Plaintext) != "123456" || aws.ToString(out.KeyId) != arn) {
				t.Errorf("Decrypt = %q under %q, want %q under %q", out.Plaintext, aws.ToString(out.KeyId), "123456", arn)
			}
		})
	}
}

func TestKMSErrorsAreTheSDKsTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.KMS.AddKey(keyOne, "")
	client := kms.NewFromConfig(w.sdk)
	_, err := client.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: []byte("x"), KeyId: aws.String(keyOne)})
	if invalid := (*types.InvalidCiphertextException)(nil); !errors.As(err, &invalid) {
		t.Errorf("Decrypt of nonsense: error = %v, want InvalidCiphertextException", err)
	}
	_, err = client.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String(keyTwo)})
	if missing := (*types.NotFoundException)(nil); !errors.As(err, &missing) || !strings.Contains(missing.ErrorMessage(), keyTwo) {
		t.Errorf("DescribeKey of an unknown key: error = %v, want NotFoundException that names it", err)
	}
}

func TestKMSKeyStatesDecide(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(*testing.T, *kms.Client) error
		want string
	}{
		{name: "a new key works", do: func(*testing.T, *kms.Client) error { return nil }},
		{name: "a disabled key does not", want: "DisabledException", do: func(t *testing.T, c *kms.Client) error {
			_, err := c.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: aws.String(keyOne)})
			return err
		}},
		{name: "an enabled key works again", do: func(t *testing.T, c *kms.Client) error {
			_, err := c.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: aws.String(keyOne)})
			_, err2 := c.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: aws.String(keyOne)})
			return errors.Join(err, err2)
		}},
		{name: "a key to be deleted does not", want: "KMSInvalidStateException", do: func(t *testing.T, c *kms.Client) error {
			_, err := c.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: aws.String(keyOne)})
			return err
		}},
		{name: "a key kept after all is disabled", want: "DisabledException", do: func(t *testing.T, c *kms.Client) error {
			_, err := c.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: aws.String(keyOne)})
			_, err2 := c.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: aws.String(keyOne)})
			return errors.Join(err, err2)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.KMS.AddKey(keyOne, "")
			client := kms.NewFromConfig(w.sdk)
			sealed := check(w.KMS.Encrypt(t.Context(), awstest.EncryptInput{KeyID: keyOne, Plaintext: []byte("x")}))(t)
			if err := tt.do(t, client); err != nil {
				t.Fatal(err)
			}
			_, err := client.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
			if got := codeOf(t, err); got != tt.want {
				t.Errorf("Decrypt: error = %v, want %q", err, tt.want)
			}
			_, err = client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: aws.String(keyOne), Plaintext: []byte("x")})
			if got := codeOf(t, err); got != tt.want {
				t.Errorf("Encrypt: error = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestKMSDataKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.KMS.AddKey(keyOne, "alias/one")
	client := kms.NewFromConfig(w.sdk)
	made := map[string]string{"a": "b"}
	tests := []struct {
		name string
		in   kms.GenerateDataKeyInput
		size int
		want string
	}{
		{name: "256 bits", in: kms.GenerateDataKeyInput{KeySpec: types.DataKeySpecAes256}, size: 32},
		{name: "128 bits", in: kms.GenerateDataKeyInput{KeySpec: types.DataKeySpecAes128}, size: 16},
		{name: "a number of bytes", in: kms.GenerateDataKeyInput{NumberOfBytes: aws.Int32(64)}, size: 64},
		{name: "neither", want: "ValidationException"},
		{name: "both", in: kms.GenerateDataKeyInput{KeySpec: types.DataKeySpecAes256, NumberOfBytes: aws.Int32(32)}, want: "ValidationException"},
		{name: "too many bytes", in: kms.GenerateDataKeyInput{NumberOfBytes: aws.Int32(1025)}, want: "ValidationException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.in.KeyId, tt.in.EncryptionContext = aws.String("alias/one"), made
			out, err := client.GenerateDataKey(t.Context(), &tt.in)
			if got := codeOf(t, err); got != tt.want {
				t.Fatalf("GenerateDataKey: error = %v, want %q", err, tt.want)
			}
			if tt.want != "" {
				return
			}
			if len(out.Plaintext) != tt.size {
				t.Errorf("data key has %d bytes, want %d", len(out.Plaintext), tt.size)
			}
			back := check(client.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: made}))(t)
			if !bytes.Equal(back.Plaintext, out.Plaintext) {
				t.Error("the sealed data key opens to another key")
			}
		})
	}
	bare := check(client.GenerateDataKeyWithoutPlaintext(t.Context(), &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: aws.String(keyOne), KeySpec: types.DataKeySpecAes256}))(t)
	if back := check(client.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: bare.CiphertextBlob}))(t); len(back.Plaintext) != 32 {
		t.Errorf("data key without plaintext opens to %d bytes, want 32", len(back.Plaintext))
	}
}

func TestKMSReEncryptMovesKeyAndContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.KMS.AddKey(keyOne, ""), w.KMS.AddKey(keyTwo, "")
	client := kms.NewFromConfig(w.sdk)
	sealed := check(client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &one, Plaintext: []byte("x"), EncryptionContext: map[string]string{"v": "1"}}))(t)

	moved := check(client.ReEncrypt(t.Context(), &kms.ReEncryptInput{
		CiphertextBlob: sealed.CiphertextBlob, SourceEncryptionContext: map[string]string{"v": "1"},
		DestinationKeyId: &two, DestinationEncryptionContext: map[string]string{"v": "2"},
	}))(t)

	if aws.ToString(moved.SourceKeyId) != one || aws.ToString(moved.KeyId) != two {
		t.Errorf("ReEncrypt went from %q to %q, want %q to %q", *moved.SourceKeyId, *moved.KeyId, one, two)
	}
	if out := check(client.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: moved.CiphertextBlob, KeyId: &two, EncryptionContext: map[string]string{"v": "2"}}))(t); string(out.Plaintext) != "x" {
		t.Errorf("moved blob opens to %q, want %q", out.Plaintext, "x")
	}
}

func TestKMSEncryptLimitsItsPlaintext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.KMS.AddKey(keyOne, "")
	client := kms.NewFromConfig(w.sdk)
	for size, want := range map[int]string{1: "", 4096: "", 4097: "ValidationException"} {
		_, err := client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: aws.String(keyOne), Plaintext: make([]byte, size)})
		if got := codeOf(t, err); got != want {
			t.Errorf("Encrypt of %d bytes: error = %v, want %q", size, err, want)
		}
	}
}

func TestKMSKeysAndAliases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := kms.NewFromConfig(w.sdk)
	made := check(client.CreateKey(t.Context(), &kms.CreateKeyInput{Description: aws.String("codes")}))(t).KeyMetadata
	if !made.Enabled || made.KeyState != types.KeyStateEnabled || made.KeySpec != types.KeySpecSymmetricDefault || !made.CreationDate.Equal(w.clock.Now()) {
		t.Errorf("CreateKey = %+v, want an enabled symmetric key made now", made)
	}
	alias := func(name string, key *string) string {
		_, err := client.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: &name, TargetKeyId: key})
		return codeOf(t, err)
	}
	if got := alias("alias/code", made.KeyId); got != "" {
		t.Fatalf("CreateAlias: %s", got)
	}
	for name, want := range map[string]string{"alias/code": "AlreadyExistsException", "code": "ValidationException"} {
		if got := alias(name, made.KeyId); got != want {
			t.Errorf("CreateAlias(%q) = %q, want %q", name, got, want)
		}
	}
	if got := alias("alias/lost", aws.String(keyTwo)); got != "NotFoundException" {
		t.Errorf("CreateAlias for an unknown key = %q, want NotFoundException", got)
	}
	w.KMS.AddKey(keyTwo, "")
	if _, err := client.UpdateAlias(t.Context(), &kms.UpdateAliasInput{AliasName: aws.String("alias/code"), TargetKeyId: aws.String(keyTwo)}); err != nil {
		t.Fatal(err)
	}
	if got := *check(client.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/code")}))(t).KeyMetadata.KeyId; got != keyTwo {
		t.Errorf("alias/code points at %q, want %q", got, keyTwo)
	}
	if got := check(client.ListAliases(t.Context(), &kms.ListAliasesInput{KeyId: aws.String(keyTwo)}))(t).Aliases; len(got) != 1 || *got[0].AliasName != "alias/code" {
		t.Errorf("ListAliases = %+v, want alias/code", got)
	}
	if got := check(client.ListAliases(t.Context(), &kms.ListAliasesInput{KeyId: made.KeyId}))(t).Aliases; len(got) != 0 {
		t.Errorf("ListAliases of the old key = %+v, want none", got)
	}
	if got := check(client.ListKeys(t.Context(), &kms.ListKeysInput{}))(t).Keys; len(got) != 2 {
		t.Errorf("ListKeys = %d keys, want 2", len(got))
	}
	if _, err := client.DeleteAlias(t.Context(), &kms.DeleteAliasInput{AliasName: aws.String("alias/code")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/code")}); codeOf(t, err) != "NotFoundException" {
		t.Errorf("DescribeKey of a deleted alias: error = %v, want NotFoundException", err)
	}
}

func TestKMSRotationIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.KMS.AddKey(keyOne, "")
	client := kms.NewFromConfig(w.sdk)
	for _, want := range []bool{false, true} {
		if got := check(client.GetKeyRotationStatus(t.Context(), &kms.GetKeyRotationStatusInput{KeyId: aws.String(keyOne)}))(t).KeyRotationEnabled; got != want {
			t.Errorf("GetKeyRotationStatus = %v, want %v", got, want)
		}
		if _, err := client.EnableKeyRotation(t.Context(), &kms.EnableKeyRotationInput{KeyId: aws.String(keyOne)}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKMSSurvivesARestartWithItsSeed(t *testing.T) {
	t.Parallel()
	first := awstest.NewKMS(awstest.Config{Seed: "one"})
	first.AddKey(keyOne, "alias/one")
	sealed := check(first.Encrypt(t.Context(), awstest.EncryptInput{KeyID: keyOne, Plaintext: []byte("x")}))(t)
	doc := check(first.Snapshot())(t)
	tests := []struct {
		name, seed string
		opens      bool
	}{
		{name: "same seed", seed: "one", opens: true},
		{name: "another seed", seed: "two"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			again := awstest.NewKMS(awstest.Config{Seed: tt.seed})
			if err := again.Restore(doc); err != nil {
				t.Fatal(err)
			}
			out, err := again.Decrypt(t.Context(), awstest.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, KeyID: "alias/one"})
			if opens := err == nil && string(out.Plaintext) == "x"; opens != tt.opens {
				t.Errorf("Decrypt after a restart = %q, %v; opens %v, want %v", out.Plaintext, err, opens, tt.opens)
			}
		})
	}
}
