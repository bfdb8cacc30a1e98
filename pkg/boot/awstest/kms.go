package awstest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// KMS stands in for AWS Key Management Service with symmetric keys. Make it
// with NewKMS. It is safe for concurrent use.
type KMS struct {
	// Faults makes operations fail or answer late.
	Faults Faults

	cfg     Config
	handler http.Handler

	mu      sync.Mutex
	keys    map[string]*kmsKey // by key id
	aliases map[string]string  // "alias/name" → key id
}

// kmsKey is one key's state; its material follows from the seed and its id.
type kmsKey struct {
	ID          string     `json:"id"`
	Description string     `json:"description"`
	Created     time.Time  `json:"created"`
	Disabled    bool       `json:"disabled"`
	DeletionAt  *time.Time `json:"deletion_at,omitempty"`
	Rotates     bool       `json:"rotates"`
}

// NewKMS returns a KMS without keys.
func NewKMS(cfg Config) *KMS {
	k := &KMS{cfg: cfg.withDefaults(), keys: map[string]*kmsKey{}, aliases: map[string]string{}}
	k.handler = &jsonRPC{
		prefix: "TrentService.", media: "application/x-amz-json-1.1", cfg: k.cfg, faults: &k.Faults,
		ops: map[string]operation{
			"CreateKey": rpc(k.CreateKey), "DescribeKey": rpc(k.DescribeKey), "ListKeys": rpc(k.ListKeys),
			"EnableKey": do(k.EnableKey), "DisableKey": do(k.DisableKey),
			"EnableKeyRotation": do(k.EnableKeyRotation), "GetKeyRotationStatus": rpc(k.GetKeyRotationStatus),
			"ScheduleKeyDeletion": rpc(k.ScheduleKeyDeletion), "CancelKeyDeletion": rpc(k.CancelKeyDeletion),
			"CreateAlias": do(k.CreateAlias), "UpdateAlias": do(k.UpdateAlias),
			"DeleteAlias": do(k.DeleteAlias), "ListAliases": rpc(k.ListAliases),
			"Encrypt": rpc(k.Encrypt), "Decrypt": rpc(k.Decrypt), "ReEncrypt": rpc(k.ReEncrypt),
			"GenerateDataKey":                 rpc(k.GenerateDataKey),
			"GenerateDataKeyWithoutPlaintext": rpc(k.GenerateDataKeyWithoutPlaintext),
		},
	}
	return k
}

// ServeHTTP speaks KMS's JSON 1.1 protocol.
func (k *KMS) ServeHTTP(w http.ResponseWriter, r *http.Request) { k.handler.ServeHTTP(w, r) }

// AddKey makes sure that a key with this id exists and that the alias, if not
// empty, points at it, and returns the key's ARN. A start-up calls it each time.
func (k *KMS) AddKey(id, alias string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys[id] == nil {
		k.keys[id] = &kmsKey{ID: id, Created: k.cfg.Now()}
	}
	if alias != "" {
		k.aliases[alias] = id
	}
	return k.arn(id)
}

// arn returns a key's ARN.
func (k *KMS) arn(id string) string { return k.cfg.arn("kms", "key/"+id) }

// find resolves a key id, key ARN, alias or alias ARN. The caller holds mu.
func (k *KMS) find(name string) (*kmsKey, error) {
	prefix := k.cfg.arn("kms", "")
	local := strings.TrimPrefix(name, prefix)
	if strings.HasPrefix(local, "alias/") {
		id, ok := k.aliases[local]
		if !ok {
			return nil, refuse("NotFoundException", "Alias %s is not found.", prefix+local)
		}
		local = id
	}
	id := strings.TrimPrefix(local, "key/")
	if key, ok := k.keys[id]; ok {
		return key, nil
	}
	if strings.HasPrefix(name, "arn:") {
		return nil, refuse("NotFoundException", "Key '%s' does not exist", name)
	}
	return nil, refuse("NotFoundException", "Key '%s' does not exist", k.arn(id))
}

// usable resolves a key for cryptography. The caller holds mu.
func (k *KMS) usable(name string) (*kmsKey, error) {
	key, err := k.find(name)
	switch {
	case err != nil:
		return nil, err
	case key.DeletionAt != nil:
		return nil, refuse("KMSInvalidStateException", "%s is pending deletion.", k.arn(key.ID))
	case key.Disabled:
		return nil, refuse("DisabledException", "%s is disabled.", k.arn(key.ID))
	}
	return key, nil
}

// kmsState is the snapshot's shape.
type kmsState struct {
	Keys    []*kmsKey         `json:"keys"`
	Aliases map[string]string `json:"aliases"`
}

// Snapshot returns the keys' names and states as JSON; their material follows
// from Config.Seed.
func (k *KMS) Snapshot() (json.RawMessage, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := kmsState{Aliases: k.aliases}
	for _, id := range slices.Sorted(maps.Keys(k.keys)) {
		s.Keys = append(s.Keys, k.keys[id])
	}
	return json.Marshal(s)
}

// Restore replaces all keys and aliases by a snapshot's.
func (k *KMS) Restore(doc json.RawMessage) error {
	s := kmsState{Aliases: map[string]string{}}
	if err := json.Unmarshal(doc, &s); err != nil {
		return fmt.Errorf("awstest: read KMS snapshot: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.aliases = s.Aliases
	k.keys = map[string]*kmsKey{}
	for _, key := range s.Keys {
		k.keys[key.ID] = key
	}
	return nil
}

// update changes one key's state under the lock and returns what it became.
func (k *KMS) update(name string, change func(*kmsKey)) (kmsKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, err := k.find(name)
	if err != nil {
		return kmsKey{}, err
	}
	change(key)
	return *key, nil
}
