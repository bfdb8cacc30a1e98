package awstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Endpoint is one address for all services, as AWS_ENDPOINT_URL expects. Make
// it with New. Further services can be mounted beside the five.
type Endpoint struct {
	KMS     *KMS
	SES     *SES
	SNS     *SNS
	SQS     *SQS
	Secrets *Secrets

	routes map[string]http.Handler
}

// New returns an endpoint whose services share cfg and know each other: SES
// publishes its events to SNS, SNS delivers to SQS.
func New(cfg Config) *Endpoint {
	cfg = cfg.withDefaults()
	e := &Endpoint{KMS: NewKMS(cfg), SES: NewSES(cfg), SNS: NewSNS(cfg), SQS: NewSQS(cfg), Secrets: NewSecrets(cfg)}
	e.SES.Publish = e.SNS.publishEvent
	e.SNS.Queue = e.SQS.accept
	e.routes = map[string]http.Handler{
		"kms": e.KMS, "ses": e.SES, "sns": e.SNS, "sqs": e.SQS, "secretsmanager": e.Secrets,
	}
	return e
}

// Mount serves one more service, named as SigV4 names it ("dynamodb",
// "cognito-idp", "lambda"). Call it before the endpoint serves.
func (e *Endpoint) Mount(service string, h http.Handler) { e.routes[service] = h }

// ServeHTTP hands the request to its service.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	service := ServiceOf(r)
	if h, ok := e.routes[service]; ok {
		h.ServeHTTP(w, r)
		return
	}
	writeJSON(w, e.KMS.cfg, "application/json", nil, &Error{
		Code:    "UnknownOperationException",
		Message: fmt.Sprintf("This endpoint does not serve %q.", service),
		Status:  http.StatusNotFound,
	})
}

// ServiceOf names the AWS service a request is for, as SigV4 does: by
// X-Amz-Target, else by the credential's scope, else by path. It is empty if
// none of them tells.
func ServiceOf(r *http.Request) string {
	if s := serviceOfTarget(r.Header.Get("X-Amz-Target")); s != "" {
		return s
	}
	if s := serviceOfScope(r.Header.Get("Authorization")); s != "" {
		return s
	}
	if s := serviceOfScope("Credential=" + r.URL.Query().Get("X-Amz-Credential")); s != "" {
		return s
	}
	if strings.HasPrefix(r.URL.Path, "/v2/email/") {
		return "ses"
	}
	return ""
}

// serviceOfTarget reads "TrentService.Encrypt" and its like.
func serviceOfTarget(target string) string {
	prefix, _, _ := strings.Cut(target, ".")
	switch {
	case prefix == "TrentService":
		return "kms"
	case prefix == "secretsmanager":
		return "secretsmanager"
	case prefix == "AmazonSQS":
		return "sqs"
	case prefix == "AWSCognitoIdentityProviderService":
		return "cognito-idp"
	case strings.HasPrefix(prefix, "DynamoDB_"):
		return "dynamodb"
	}
	return ""
}

// serviceOfScope reads "… Credential=<key>/<date>/<region>/<service>/aws4_request…".
func serviceOfScope(authorization string) string {
	_, credential, ok := strings.Cut(authorization, "Credential=")
	if !ok {
		return ""
	}
	credential, _, _ = strings.Cut(credential, ",")
	scope := strings.Split(credential, "/")
	if len(scope) < 5 {
		return ""
	}
	return scope[len(scope)-2]
}

// state is the endpoint's snapshot: one document per service.
type state struct {
	KMS     json.RawMessage `json:"kms"`
	SES     json.RawMessage `json:"ses"`
	SNS     json.RawMessage `json:"sns"`
	SQS     json.RawMessage `json:"sqs"`
	Secrets json.RawMessage `json:"secrets"`
}

// keeper is a service whose state can be kept.
type keeper interface {
	Snapshot() (json.RawMessage, error)
	Restore(json.RawMessage) error
}

// parts pairs each service with its place in a snapshot.
func (e *Endpoint) parts(s *state) map[*json.RawMessage]keeper {
	return map[*json.RawMessage]keeper{
		&s.KMS: e.KMS, &s.SES: e.SES, &s.SNS: e.SNS, &s.SQS: e.SQS, &s.Secrets: e.Secrets,
	}
}

// Snapshot returns the state of all five services as JSON. Callbacks and
// faults are not part of it.
func (e *Endpoint) Snapshot() (json.RawMessage, error) {
	var s state
	for doc, service := range e.parts(&s) {
		raw, err := service.Snapshot()
		if err != nil {
			return nil, err
		}
		*doc = raw
	}
	return json.Marshal(s)
}

// Restore replaces the state of all services by a snapshot's.
func (e *Endpoint) Restore(doc json.RawMessage) error {
	var s state
	if err := json.Unmarshal(doc, &s); err != nil {
		return fmt.Errorf("awstest: read snapshot: %w", err)
	}
	for raw, service := range e.parts(&s) {
		if len(*raw) == 0 {
			continue
		}
		if err := service.Restore(*raw); err != nil {
			return err
		}
	}
	return nil
}
