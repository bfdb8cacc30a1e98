package awstest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// SES stands in for Amazon SES v2: it keeps the mails it accepts. Make it with
// NewSES. It is safe for concurrent use.
type SES struct {
	// Faults makes operations fail or answer late.
	Faults Faults
	// Publish hands an event of an SNS event destination on; nil drops it.
	Publish func(ctx context.Context, topicARN, message string) error
	// Rate is the mails accepted per second; 0 means no limit.
	Rate int
	// Sandbox also demands verified recipients, as new accounts have it.
	Sandbox bool

	cfg Config

	mu         sync.Mutex
	identities map[string]bool // name → verified
	sets       map[string]*configurationSet
	suppressed map[string]suppression
	outcomes   map[string]Outcome
	messages   []Message // oldest first
	sent       []time.Time
}

// configurationSet is one configuration set's state.
type configurationSet struct {
	Destinations []EventDestination `json:"destinations"`
}

// suppression is one line of the account's suppression list.
type suppression struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// NewSES returns an SES without identities or configuration sets.
func NewSES(cfg Config) *SES {
	s := &SES{cfg: cfg.withDefaults()}
	s.clear()
	return s
}

// clear empties the state. The caller holds mu or has the only reference.
func (s *SES) clear() {
	s.identities, s.sets = map[string]bool{}, map[string]*configurationSet{}
	s.suppressed, s.outcomes = map[string]suppression{}, map[string]Outcome{}
	s.messages, s.sent = nil, nil
}

// route is one operation of SES's REST protocol. In its path {} stands for one
// segment, whose value becomes the named field of the input.
type route struct {
	method, path, field, name string
	op                        operation
}

// routes lists the operations served. The lists have two paths: SDKs changed
// from the first to the second.
func (s *SES) routes() []route {
	return []route{
		{"POST", "outbound-emails", "", "SendEmail", rpc(s.SendEmail)},
		{"GET", "account", "", "GetAccount", rpc(s.GetAccount)},
		{"POST", "identities", "", "CreateEmailIdentity", rpc(s.CreateEmailIdentity)},
		{"GET", "identities", "", "ListEmailIdentities", rpc(s.ListEmailIdentities)},
		{"POST", "list-identities", "", "ListEmailIdentities", rpc(s.ListEmailIdentities)},
		{"GET", "identities/{}", "EmailIdentity", "GetEmailIdentity", rpc(s.GetEmailIdentity)},
		{"DELETE", "identities/{}", "EmailIdentity", "DeleteEmailIdentity", do(s.DeleteEmailIdentity)},
		{"POST", "configuration-sets", "", "CreateConfigurationSet", do(s.CreateConfigurationSet)},
		{"GET", "configuration-sets", "", "ListConfigurationSets", rpc(s.ListConfigurationSets)},
		{"POST", "list-configuration-sets", "", "ListConfigurationSets", rpc(s.ListConfigurationSets)},
		{"DELETE", "configuration-sets/{}", "ConfigurationSetName", "DeleteConfigurationSet", do(s.DeleteConfigurationSet)},
		{"POST", "configuration-sets/{}/event-destinations", "ConfigurationSetName", "CreateConfigurationSetEventDestination", do(s.CreateConfigurationSetEventDestination)},
		{"GET", "configuration-sets/{}/event-destinations", "ConfigurationSetName", "GetConfigurationSetEventDestinations", rpc(s.GetConfigurationSetEventDestinations)},
		{"PUT", "suppression/addresses", "", "PutSuppressedDestination", do(s.PutSuppressedDestination)},
		{"GET", "suppression/addresses", "", "ListSuppressedDestinations", rpc(s.ListSuppressedDestinations)},
		{"GET", "suppression/addresses/{}", "EmailAddress", "GetSuppressedDestination", rpc(s.GetSuppressedDestination)},
		{"DELETE", "suppression/addresses/{}", "EmailAddress", "DeleteSuppressedDestination", do(s.DeleteSuppressedDestination)},
	}
}

// ServeHTTP speaks SES v2's REST JSON protocol.
func (s *SES) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, err := s.serve(w, r)
	writeJSON(w, s.cfg, "application/json", out, asError(err))
}

// serve runs the request's operation.
func (s *SES) serve(w http.ResponseWriter, r *http.Request) (any, error) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/v2/email/")
	for _, rt := range s.routes() {
		value, ok := matchPath(rt.path, path)
		if !ok || rt.method != r.Method {
			continue
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			return nil, refuse("BadRequestException", "%v", err)
		}
		if err := s.Faults.enter(r.Context(), rt.name); err != nil {
			return nil, err
		}
		if body, err = withField(body, rt.field, value); err != nil {
			return nil, err
		}
		return rt.op(r.Context(), body)
	}
	return nil, &Error{Code: "NotFoundException", Message: "No such operation: " + r.Method + " " + r.URL.Path, Status: http.StatusNotFound}
}

// matchPath compares an escaped path with a pattern and returns the unescaped
// segment in the place of {}.
func matchPath(pattern, path string) (value string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(want) != len(got) {
		return "", false
	}
	for i := range want {
		if want[i] == "{}" {
			value = got[i]
		} else if want[i] != got[i] {
			return "", false
		}
	}
	value, err := url.PathUnescape(value)
	return value, err == nil
}

// withField adds a path segment's value to a JSON body as a field.
func withField(body []byte, field, value string) ([]byte, error) {
	if field == "" {
		return body, nil
	}
	doc := map[string]json.RawMessage{}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &doc); err != nil {
			return nil, refuse("BadRequestException", "%v", err)
		}
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	doc[field] = raw
	return json.Marshal(doc)
}

// sesState is the snapshot's shape.
type sesState struct {
	Identities map[string]bool              `json:"identities"`
	Sets       map[string]*configurationSet `json:"configuration_sets"`
	Suppressed map[string]suppression       `json:"suppressed"`
	Outcomes   map[string]Outcome           `json:"outcomes"`
	Messages   []Message                    `json:"messages"`
}

// Snapshot returns identities, sets, suppressions and mails as JSON.
func (s *SES) Snapshot() (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return json.Marshal(sesState{s.identities, s.sets, s.suppressed, s.outcomes, s.messages})
}

// Restore replaces all state by a snapshot's.
func (s *SES) Restore(doc json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	in := sesState{s.identities, s.sets, s.suppressed, s.outcomes, nil}
	if err := json.Unmarshal(doc, &in); err != nil {
		return fmt.Errorf("awstest: read SES snapshot: %w", err)
	}
	s.messages = slices.Clone(in.Messages)
	return nil
}
