package awstest

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Secrets stands in for AWS Secrets Manager. Make it with NewSecrets. It is
// safe for concurrent use.
type Secrets struct {
	// Faults makes operations fail or answer late.
	Faults Faults

	cfg     Config
	handler http.Handler

	mu      sync.Mutex
	secrets map[string]*secret // by name
}

// secret is one secret's state.
type secret struct {
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Created     time.Time          `json:"created"`
	Changed     time.Time          `json:"changed"`
	DeletedAt   *time.Time         `json:"deleted_at,omitempty"`
	Versions    map[string]version `json:"versions"`
	Stages      map[string]string  `json:"stages"` // AWSCURRENT, AWSPREVIOUS → version id
}

// version is one value of a secret.
type version struct {
	Text    string    `json:"text,omitempty"`
	Binary  []byte    `json:"binary,omitempty"`
	Created time.Time `json:"created"`
}

// The staging labels that Secrets Manager moves by itself.
const (
	stageCurrent  = "AWSCURRENT"
	stagePrevious = "AWSPREVIOUS"
)

// NewSecrets returns a Secrets Manager without secrets.
func NewSecrets(cfg Config) *Secrets {
	s := &Secrets{cfg: cfg.withDefaults(), secrets: map[string]*secret{}}
	s.handler = &jsonRPC{
		prefix: "secretsmanager.", media: "application/x-amz-json-1.1", cfg: s.cfg, faults: &s.Faults,
		ops: map[string]operation{
			"CreateSecret": rpc(s.CreateSecret), "PutSecretValue": rpc(s.PutSecretValue), "UpdateSecret": rpc(s.UpdateSecret),
			"GetSecretValue": rpc(s.GetSecretValue), "BatchGetSecretValue": rpc(s.BatchGetSecretValue),
			"DescribeSecret": rpc(s.DescribeSecret), "ListSecrets": rpc(s.ListSecrets), "DeleteSecret": rpc(s.DeleteSecret),
		},
	}
	return s
}

// ServeHTTP speaks Secrets Manager's JSON 1.1 protocol.
func (s *Secrets) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// arn returns a secret's ARN. Its six random-looking characters follow from
// the seed, so that a restart keeps them.
func (s *Secrets) arn(name string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	suffix, err := hkdf.Key(sha256.New, []byte(s.cfg.Seed), nil, "secret arn "+name, 6)
	if err != nil { // only for lengths above 255 hashes
		return s.cfg.arn("secretsmanager", "secret:"+name)
	}
	for i, b := range suffix {
		suffix[i] = alphabet[int(b)%len(alphabet)]
	}
	return s.cfg.arn("secretsmanager", "secret:"+name+"-"+string(suffix))
}

// find resolves a name, an ARN or an ARN without its suffix. The caller holds mu.
func (s *Secrets) find(id string) (*secret, error) {
	name := strings.TrimPrefix(id, s.cfg.arn("secretsmanager", "secret:"))
	if sec := s.secrets[name]; sec != nil {
		return sec, nil
	}
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		if sec := s.secrets[name[:i]]; sec != nil && s.arn(sec.Name) == id {
			return sec, nil
		}
	}
	return nil, refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

// live is find for secrets that are not scheduled for deletion.
func (s *Secrets) live(id string) (*secret, error) {
	sec, err := s.find(id)
	if err != nil {
		return nil, err
	}
	if sec.DeletedAt != nil {
		return nil, refuse("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
	}
	return sec, nil
}

// put stores a value and makes it current; what was current becomes previous.
func (sec *secret) put(id string, v version) {
	sec.Versions[id] = v
	if old := sec.Stages[stageCurrent]; old != "" && old != id {
		delete(sec.Versions, sec.Stages[stagePrevious])
		sec.Stages[stagePrevious] = old
	}
	sec.Stages[stageCurrent] = id
	sec.Changed = v.Created
}

// Snapshot returns all secrets as JSON, values included.
func (s *Secrets) Snapshot() (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return json.Marshal(s.secrets)
}

// Restore replaces all secrets by a snapshot's.
func (s *Secrets) Restore(doc json.RawMessage) error {
	secrets := map[string]*secret{}
	if err := json.Unmarshal(doc, &secrets); err != nil {
		return fmt.Errorf("awstest: read Secrets Manager snapshot: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = secrets
	return nil
}
