package awstest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// SecretInput carries a new secret or a new value. CreateSecret reads Name,
// the others SecretID. ClientRequestToken becomes the version's id.
type SecretInput struct {
	Name               string
	SecretID           string `json:"SecretId"`
	Description        string
	ClientRequestToken string
	SecretString       *string
	SecretBinary       []byte
}

// SecretOutput names a secret and the version that was written.
type SecretOutput struct {
	ARN           string
	Name          string
	VersionID     string   `json:"VersionId,omitempty"`
	VersionStages []string `json:",omitempty"`
}

// hasValue tells whether the input carries a value.
func (in SecretInput) hasValue() bool { return in.SecretString != nil || in.SecretBinary != nil }

// value returns the input's value.
func (in SecretInput) value(now time.Time) version {
	v := version{Binary: in.SecretBinary, Created: now}
	if in.SecretString != nil {
		v.Text = *in.SecretString
	}
	return v
}

// CreateSecret adds a secret, with its first value if the input has one.
func (s *Secrets) CreateSecret(_ context.Context, in SecretInput) (SecretOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.Name == "" {
		return SecretOutput{}, refuse("InvalidParameterException", "You must provide a name.")
	}
	if _, ok := s.secrets[in.Name]; ok {
		return SecretOutput{}, refuse("ResourceExistsException", "The operation failed because the secret %s already exists.", in.Name)
	}
	now := s.cfg.Now()
	sec := &secret{Name: in.Name, Description: in.Description, Created: now, Changed: now, Versions: map[string]version{}, Stages: map[string]string{}}
	out, err := s.write(sec, in)
	if err != nil {
		return SecretOutput{}, err
	}
	s.secrets[in.Name] = sec
	return out, nil
}

// PutSecretValue makes a value current. The same token with the same value is
// a repetition; with another value it is refused.
func (s *Secrets) PutSecretValue(_ context.Context, in SecretInput) (SecretOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sec, err := s.live(in.SecretID)
	if err != nil {
		return SecretOutput{}, err
	}
	if !in.hasValue() {
		return SecretOutput{}, refuse("InvalidRequestException", "You must provide either SecretString or SecretBinary.")
	}
	return s.write(sec, in)
}

// UpdateSecret changes the description, the value, or both.
func (s *Secrets) UpdateSecret(_ context.Context, in SecretInput) (SecretOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sec, err := s.live(in.SecretID)
	if err != nil {
		return SecretOutput{}, err
	}
	if in.Description != "" {
		sec.Description, sec.Changed = in.Description, s.cfg.Now()
	}
	return s.write(sec, in)
}

// write stores the input's value, if it has one. The caller holds mu.
func (s *Secrets) write(sec *secret, in SecretInput) (SecretOutput, error) {
	out := SecretOutput{ARN: s.arn(sec.Name), Name: sec.Name}
	if !in.hasValue() {
		return out, nil
	}
	if in.SecretString != nil && in.SecretBinary != nil {
		return out, refuse("InvalidParameterException", "You can't specify both a binary secret value and a string secret value in the same secret.")
	}
	id, err := in.ClientRequestToken, error(nil)
	if id == "" {
		if id, err = s.cfg.uuid(); err != nil {
			return out, err
		}
	}
	v := in.value(s.cfg.Now())
	old, ok := sec.Versions[id]
	if ok && (old.Text != v.Text || string(old.Binary) != string(v.Binary)) {
		return out, refuse("ResourceExistsException", "You can't use ClientRequestToken %s because that value is already in use for a version of secret %s.", id, out.ARN)
	}
	if !ok {
		sec.put(id, v)
	}
	out.VersionID, out.VersionStages = id, sec.stages(id)
	return out, nil
}

// stages returns the labels of a version.
func (sec *secret) stages(id string) []string {
	var out []string
	for _, stage := range slices.Sorted(maps.Keys(sec.Stages)) {
		if sec.Stages[stage] == id {
			out = append(out, stage)
		}
	}
	return out
}

// SecretRef names a secret and, if set, one of its versions by id or stage.
type SecretRef struct {
	SecretID                   string `json:"SecretId"`
	VersionID                  string `json:"VersionId"`
	VersionStage               string
	ForceDeleteWithoutRecovery bool
}

// SecretValue is one version's value. CreatedDate is in epoch seconds.
type SecretValue struct {
	ARN           string
	Name          string
	VersionID     string  `json:"VersionId"`
	SecretString  *string `json:",omitempty"`
	SecretBinary  []byte  `json:",omitempty"`
	VersionStages []string
	CreatedDate   float64
}

// GetSecretValue returns a version's value, AWSCURRENT unless told otherwise.
func (s *Secrets) GetSecretValue(_ context.Context, in SecretRef) (SecretValue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sec, err := s.live(in.SecretID)
	if err != nil {
		return SecretValue{}, err
	}
	stage := in.VersionStage
	if stage == "" {
		stage = stageCurrent
	}
	id := in.VersionID
	if id == "" {
		id = sec.Stages[stage]
	}
	v, ok := sec.Versions[id]
	if !ok || (in.VersionID != "" && in.VersionStage != "" && sec.Stages[stage] != id) {
		return SecretValue{}, refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: %s", stage)
	}
	out := SecretValue{ARN: s.arn(sec.Name), Name: sec.Name, VersionID: id, SecretBinary: v.Binary, VersionStages: sec.stages(id), CreatedDate: epoch(v.Created)}
	if v.Binary == nil {
		out.SecretString = &v.Text
	}
	return out, nil
}

// BatchGetInput names secrets to read at once.
type BatchGetInput struct {
	SecretIDList []string `json:"SecretIdList"`
}

// BatchGetOutput holds the values found and the refusals for the others.
type BatchGetOutput struct {
	SecretValues []SecretValue
	Errors       []BatchGetError
}

// BatchGetError is one secret that could not be read.
type BatchGetError struct {
	SecretID  string `json:"SecretId"`
	ErrorCode string
	Message   string
}

// BatchGetSecretValue reads the current values of up to twenty secrets.
func (s *Secrets) BatchGetSecretValue(ctx context.Context, in BatchGetInput) (BatchGetOutput, error) {
	out := BatchGetOutput{SecretValues: []SecretValue{}, Errors: []BatchGetError{}}
	if len(in.SecretIDList) == 0 || len(in.SecretIDList) > 20 {
		return out, refuse("InvalidParameterException", "SecretIdList must hold 1 to 20 secrets.")
	}
	for _, id := range in.SecretIDList {
		v, err := s.GetSecretValue(ctx, SecretRef{SecretID: id})
		var refusal *Error
		switch {
		case errors.As(err, &refusal):
			out.Errors = append(out.Errors, BatchGetError{id, refusal.Code, refusal.Message})
		case err != nil:
			return out, err
		default:
			out.SecretValues = append(out.SecretValues, v)
		}
	}
	return out, nil
}

// SecretDescription is a secret without its values. Times are epoch seconds.
type SecretDescription struct {
	ARN                    string
	Name                   string
	Description            string              `json:",omitempty"`
	CreatedDate            float64             `json:",omitempty"`
	LastChangedDate        float64             `json:",omitempty"`
	DeletedDate            float64             `json:",omitempty"`
	VersionIDsToStages     map[string][]string `json:"VersionIdsToStages,omitempty"`
	SecretVersionsToStages map[string][]string `json:",omitempty"`
}

// DescribeSecret returns everything about a secret but its values.
func (s *Secrets) DescribeSecret(_ context.Context, in SecretRef) (SecretDescription, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sec, err := s.find(in.SecretID)
	if err != nil {
		return SecretDescription{}, err
	}
	out := s.describe(sec)
	out.VersionIDsToStages, out.SecretVersionsToStages = out.SecretVersionsToStages, nil
	return out, nil
}

// describe returns a secret as ListSecrets words it.
func (s *Secrets) describe(sec *secret) SecretDescription {
	out := SecretDescription{
		ARN: s.arn(sec.Name), Name: sec.Name, Description: sec.Description,
		CreatedDate: epoch(sec.Created), LastChangedDate: epoch(sec.Changed), SecretVersionsToStages: map[string][]string{},
	}
	if sec.DeletedAt != nil {
		out.DeletedDate = epoch(*sec.DeletedAt)
	}
	for id := range sec.Versions {
		out.SecretVersionsToStages[id] = sec.stages(id)
	}
	return out
}

// ListSecretsOutput holds all secrets by name.
type ListSecretsOutput struct {
	SecretList []SecretDescription
}

// ListSecrets lists all secrets that are not deleted, on one page.
func (s *Secrets) ListSecrets(context.Context, struct{}) (ListSecretsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := ListSecretsOutput{SecretList: []SecretDescription{}}
	for _, name := range slices.Sorted(maps.Keys(s.secrets)) {
		if sec := s.secrets[name]; sec.DeletedAt == nil {
			out.SecretList = append(out.SecretList, s.describe(sec))
		}
	}
	return out, nil
}

// DeletedSecret names a secret on its way out. DeletionDate is in epoch seconds.
type DeletedSecret struct {
	ARN          string
	Name         string
	DeletionDate float64
}

// DeleteSecret makes a secret unreadable at once; forced, it is forgotten.
func (s *Secrets) DeleteSecret(_ context.Context, in SecretRef) (DeletedSecret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sec, err := s.live(in.SecretID)
	if err != nil {
		return DeletedSecret{}, err
	}
	at := s.cfg.Now()
	if in.ForceDeleteWithoutRecovery {
		delete(s.secrets, sec.Name)
	} else {
		at = at.AddDate(0, 0, 30)
		sec.DeletedAt = &at
	}
	return DeletedSecret{s.arn(sec.Name), sec.Name, epoch(at)}, nil
}
