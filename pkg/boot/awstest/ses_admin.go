package awstest

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// missing is SES's answer about a thing that is not there.
func missing(format string, args ...any) *Error {
	e := refuse("NotFoundException", format, args...)
	e.Status = http.StatusNotFound
	return e
}

// IdentityRef names an address or domain.
type IdentityRef struct {
	EmailIdentity string
}

// IdentityOutput describes an identity. Domains and addresses are verified at
// once here.
type IdentityOutput struct {
	IdentityType             string
	VerifiedForSendingStatus bool
	VerificationStatus       string `json:",omitempty"`
}

// CreateEmailIdentity adds an address or domain and verifies it.
func (s *SES) CreateEmailIdentity(_ context.Context, in IdentityRef) (IdentityOutput, error) {
	if in.EmailIdentity == "" {
		return IdentityOutput{}, refuse("BadRequestException", "EmailIdentity is required.")
	}
	name := strings.ToLower(in.EmailIdentity)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.identities[name]; ok {
		return IdentityOutput{}, refuse("AlreadyExistsException", "Email identity %s already exist.", in.EmailIdentity)
	}
	s.identities[name] = true
	return describeIdentity(name, true), nil
}

// describeIdentity tells an address from a domain.
func describeIdentity(name string, verified bool) IdentityOutput {
	out := IdentityOutput{IdentityType: "DOMAIN", VerifiedForSendingStatus: verified, VerificationStatus: "SUCCESS"}
	if strings.Contains(name, "@") {
		out.IdentityType = "EMAIL_ADDRESS"
	}
	if !verified {
		out.VerificationStatus = "PENDING"
	}
	return out
}

// GetEmailIdentity describes an identity.
func (s *SES) GetEmailIdentity(_ context.Context, in IdentityRef) (IdentityOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := strings.ToLower(in.EmailIdentity)
	verified, ok := s.identities[name]
	if !ok {
		return IdentityOutput{}, missing("Email identity %s does not exist.", in.EmailIdentity)
	}
	return describeIdentity(name, verified), nil
}

// DeleteEmailIdentity removes an identity; mail from it is refused from then on.
func (s *SES) DeleteEmailIdentity(_ context.Context, in IdentityRef) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := strings.ToLower(in.EmailIdentity)
	if _, ok := s.identities[name]; !ok {
		return missing("Email identity %s does not exist.", in.EmailIdentity)
	}
	delete(s.identities, name)
	return nil
}

// Unverify leaves an identity in place but not verified, as while DNS records
// are awaited.
func (s *SES) Unverify(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.identities[strings.ToLower(name)] = false
}

// IdentityEntry is one line of ListEmailIdentities.
type IdentityEntry struct {
	IdentityName   string
	IdentityType   string
	SendingEnabled bool
}

// IdentitiesOutput holds all identities by name.
type IdentitiesOutput struct {
	EmailIdentities []IdentityEntry
}

// ListEmailIdentities lists all identities on one page.
func (s *SES) ListEmailIdentities(context.Context, struct{}) (IdentitiesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := IdentitiesOutput{EmailIdentities: []IdentityEntry{}}
	for _, name := range slices.Sorted(maps.Keys(s.identities)) {
		d := describeIdentity(name, s.identities[name])
		out.EmailIdentities = append(out.EmailIdentities, IdentityEntry{name, d.IdentityType, d.VerifiedForSendingStatus})
	}
	return out, nil
}

// ConfigurationSetRef names a configuration set.
type ConfigurationSetRef struct {
	ConfigurationSetName string
}

// CreateConfigurationSet adds a configuration set.
func (s *SES) CreateConfigurationSet(_ context.Context, in ConfigurationSetRef) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sets[in.ConfigurationSetName] != nil {
		return refuse("AlreadyExistsException", "Configuration set <%s> already exists.", in.ConfigurationSetName)
	}
	s.sets[in.ConfigurationSetName] = &configurationSet{}
	return nil
}

// DeleteConfigurationSet removes a configuration set and its destinations.
func (s *SES) DeleteConfigurationSet(_ context.Context, in ConfigurationSetRef) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sets[in.ConfigurationSetName] == nil {
		return missing("Configuration set <%s> does not exist.", in.ConfigurationSetName)
	}
	delete(s.sets, in.ConfigurationSetName)
	return nil
}

// ConfigurationSetsOutput holds all sets' names.
type ConfigurationSetsOutput struct {
	ConfigurationSets []string
}

// ListConfigurationSets lists all sets on one page.
func (s *SES) ListConfigurationSets(context.Context, struct{}) (ConfigurationSetsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ConfigurationSetsOutput{append([]string{}, slices.Sorted(maps.Keys(s.sets))...)}, nil
}

// AccountOutput describes the sending account.
type AccountOutput struct {
	ProductionAccessEnabled bool
	SendingEnabled          bool
	EnforcementStatus       string
	SendQuota               SendQuota
	SuppressionAttributes   SuppressionAttributes
}

// SendQuota holds the account's limits and what it sent in the last 24 hours.
type SendQuota struct {
	Max24HourSend, MaxSendRate, SentLast24Hours float64
}

// SuppressionAttributes are the reasons for which addresses are suppressed.
type SuppressionAttributes struct {
	SuppressedReasons []string
}

// GetAccount describes the account.
func (s *SES) GetAccount(context.Context, struct{}) (AccountOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	day, sent := s.cfg.Now().Add(-24*time.Hour), 0
	for _, m := range s.messages {
		if m.At.After(day) {
			sent++
		}
	}
	rate := float64(s.Rate)
	if rate == 0 {
		rate = 14 // what accounts get at first outside the sandbox
	}
	return AccountOutput{
		ProductionAccessEnabled: !s.Sandbox, SendingEnabled: true, EnforcementStatus: "HEALTHY",
		SendQuota:             SendQuota{Max24HourSend: 50000, MaxSendRate: rate, SentLast24Hours: float64(sent)},
		SuppressionAttributes: SuppressionAttributes{[]string{"BOUNCE", "COMPLAINT"}},
	}, nil
}
