package awstest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// KeyRef names a key by id, ARN, alias or alias ARN.
type KeyRef struct {
	KeyID string `json:"KeyId"`
}

// CreateKeyInput asks for a key. Only symmetric encryption keys exist here.
type CreateKeyInput struct {
	Description string
	KeySpec     string
	KeyUsage    string
}

// KeyMetadata describes a key, in AWS's words. Times are epoch seconds.
type KeyMetadata struct {
	AWSAccountID          string `json:"AWSAccountId"`
	KeyID                 string `json:"KeyId"`
	Arn                   string
	CreationDate          float64
	DeletionDate          float64 `json:",omitempty"`
	Description           string
	Enabled               bool
	EncryptionAlgorithms  []string
	KeyManager            string
	KeySpec               string
	CustomerMasterKeySpec string
	KeyState              string
	KeyUsage              string
	MultiRegion           bool
	Origin                string
}

// KeyOutput carries a key's description.
type KeyOutput struct {
	KeyMetadata KeyMetadata
}

// CreateKey makes a symmetric key with a random id.
func (k *KMS) CreateKey(_ context.Context, in CreateKeyInput) (KeyOutput, error) {
	if (in.KeySpec != "" && in.KeySpec != "SYMMETRIC_DEFAULT") || (in.KeyUsage != "" && in.KeyUsage != "ENCRYPT_DECRYPT") {
		return KeyOutput{}, refuse("UnsupportedOperationException", "KeySpec %s is not supported here.", in.KeySpec)
	}
	id, err := k.cfg.uuid()
	if err != nil {
		return KeyOutput{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	key := &kmsKey{ID: id, Description: in.Description, Created: k.cfg.Now()}
	k.keys[id] = key
	return KeyOutput{k.metadata(*key)}, nil
}

// DescribeKey returns a key's metadata.
func (k *KMS) DescribeKey(_ context.Context, in KeyRef) (KeyOutput, error) {
	key, err := k.update(in.KeyID, func(*kmsKey) {})
	if err != nil {
		return KeyOutput{}, err
	}
	return KeyOutput{k.metadata(key)}, nil
}

// metadata describes a key.
func (k *KMS) metadata(key kmsKey) KeyMetadata {
	m := KeyMetadata{
		AWSAccountID: k.cfg.Account, KeyID: key.ID, Arn: k.arn(key.ID), CreationDate: epoch(key.Created),
		Description: key.Description, Enabled: !key.Disabled && key.DeletionAt == nil,
		EncryptionAlgorithms: []string{"SYMMETRIC_DEFAULT"}, KeyManager: "CUSTOMER",
		KeySpec: "SYMMETRIC_DEFAULT", CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
		KeyState: "Enabled", KeyUsage: "ENCRYPT_DECRYPT", Origin: "AWS_KMS",
	}
	if key.Disabled {
		m.KeyState = "Disabled"
	}
	if key.DeletionAt != nil {
		m.KeyState, m.DeletionDate = "PendingDeletion", epoch(*key.DeletionAt)
	}
	return m
}

// epoch writes a time as AWS's JSON protocols do.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// KeyEntry is one line of ListKeys.
type KeyEntry struct {
	KeyID  string `json:"KeyId"`
	KeyArn string
}

// ListKeysOutput holds all keys, in the order of their ids.
type ListKeysOutput struct {
	Keys      []KeyEntry
	Truncated bool
}

// ListKeys lists all keys on one page.
func (k *KMS) ListKeys(context.Context, struct{}) (ListKeysOutput, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := ListKeysOutput{Keys: []KeyEntry{}}
	for _, id := range slices.Sorted(maps.Keys(k.keys)) {
		out.Keys = append(out.Keys, KeyEntry{KeyID: id, KeyArn: k.arn(id)})
	}
	return out, nil
}

// EnableKey lets a disabled key be used again.
func (k *KMS) EnableKey(_ context.Context, in KeyRef) error {
	_, err := k.update(in.KeyID, func(key *kmsKey) { key.Disabled = false })
	return err
}

// DisableKey makes every use of the key fail with DisabledException.
func (k *KMS) DisableKey(_ context.Context, in KeyRef) error {
	_, err := k.update(in.KeyID, func(key *kmsKey) { key.Disabled = true })
	return err
}

// EnableKeyRotation records that the key rotates; its material stays.
func (k *KMS) EnableKeyRotation(_ context.Context, in KeyRef) error {
	_, err := k.update(in.KeyID, func(key *kmsKey) { key.Rotates = true })
	return err
}

// RotationOutput tells whether a key rotates.
type RotationOutput struct {
	KeyRotationEnabled bool
}

// GetKeyRotationStatus tells whether EnableKeyRotation was called.
func (k *KMS) GetKeyRotationStatus(_ context.Context, in KeyRef) (RotationOutput, error) {
	key, err := k.update(in.KeyID, func(*kmsKey) {})
	if err != nil {
		return RotationOutput{}, err
	}
	return RotationOutput{key.Rotates}, nil
}

// ScheduleKeyDeletionInput names the key and the days left (30 if zero).
type ScheduleKeyDeletionInput struct {
	KeyID               string `json:"KeyId"`
	PendingWindowInDays int
}

// DeletionOutput answers both deletion operations.
type DeletionOutput struct {
	KeyID        string  `json:"KeyId"`
	DeletionDate float64 `json:",omitempty"`
	KeyState     string
}

// ScheduleKeyDeletion makes the key unusable at once.
func (k *KMS) ScheduleKeyDeletion(_ context.Context, in ScheduleKeyDeletionInput) (DeletionOutput, error) {
	days := in.PendingWindowInDays
	if days == 0 {
		days = 30
	}
	at := k.cfg.Now().AddDate(0, 0, days)
	key, err := k.update(in.KeyID, func(key *kmsKey) { key.DeletionAt = &at })
	if err != nil {
		return DeletionOutput{}, err
	}
	return DeletionOutput{KeyID: k.arn(key.ID), DeletionDate: epoch(at), KeyState: "PendingDeletion"}, nil
}

// CancelKeyDeletion keeps the key, disabled, as AWS leaves it.
func (k *KMS) CancelKeyDeletion(_ context.Context, in KeyRef) (DeletionOutput, error) {
	key, err := k.update(in.KeyID, func(key *kmsKey) { key.DeletionAt, key.Disabled = nil, true })
	if err != nil {
		return DeletionOutput{}, err
	}
	return DeletionOutput{KeyID: k.arn(key.ID), KeyState: "Disabled"}, nil
}

// AliasInput points an alias, "alias/name", at a key.
type AliasInput struct {
	AliasName   string
	TargetKeyID string `json:"TargetKeyId"`
}

// CreateAlias names a key. An alias exists once.
func (k *KMS) CreateAlias(_ context.Context, in AliasInput) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !strings.HasPrefix(in.AliasName, "alias/") {
		return refuse("ValidationException", "Invalid identifier")
	}
	if _, ok := k.aliases[in.AliasName]; ok {
		return refuse("AlreadyExistsException", "An alias with the name %s already exists", k.cfg.arn("kms", in.AliasName))
	}
	return k.point(in)
}

// UpdateAlias points an existing alias elsewhere.
func (k *KMS) UpdateAlias(_ context.Context, in AliasInput) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := k.find(in.AliasName); err != nil {
		return err
	}
	return k.point(in)
}

// point sets an alias. The caller holds mu.
func (k *KMS) point(in AliasInput) error {
	key, err := k.find(in.TargetKeyID)
	if err != nil {
		return err
	}
	k.aliases[in.AliasName] = key.ID
	return nil
}

// DeleteAlias forgets an alias; the key stays.
func (k *KMS) DeleteAlias(_ context.Context, in AliasInput) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := k.find(in.AliasName); err != nil {
		return err
	}
	delete(k.aliases, in.AliasName)
	return nil
}

// AliasEntry is one line of ListAliases.
type AliasEntry struct {
	AliasName   string
	AliasArn    string
	TargetKeyID string `json:"TargetKeyId"`
}

// ListAliasesOutput holds all aliases by name.
type ListAliasesOutput struct {
	Aliases   []AliasEntry
	Truncated bool
}

// ListAliases lists all aliases on one page, or those of one key.
func (k *KMS) ListAliases(_ context.Context, in KeyRef) (ListAliasesOutput, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	only := ""
	if in.KeyID != "" {
		key, err := k.find(in.KeyID)
		if err != nil {
			return ListAliasesOutput{}, err
		}
		only = key.ID
	}
	out := ListAliasesOutput{Aliases: []AliasEntry{}}
	for _, name := range slices.Sorted(maps.Keys(k.aliases)) {
		if id := k.aliases[name]; only == "" || id == only {
			out.Aliases = append(out.Aliases, AliasEntry{name, k.cfg.arn("kms", name), id})
		}
	}
	return out, nil
}
