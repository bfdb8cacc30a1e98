package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"

	"callanalyst/pkg/auth/linking"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
)

// The ways to become a user, as Cognito names them.
const (
	signUp   = "PreSignUp_SignUp"           // by the person, with a password
	external = "PreSignUp_ExternalProvider" // by a first sign-in with Google or Apple
	created  = "PreSignUp_AdminCreateUser"  // by an operator
)

// The refusals of this function itself. Cognito shows the code to the client.
var (
	errEvent  = fault.New(fault.Invalid, "INVALID_EVENT", "This function answers Cognito's pre-sign-up events only.")
	errSource = fault.New(fault.Forbidden, "SIGN_UP_NOT_SUPPORTED", "This way to sign up is not supported.")
)

// event is the part of Cognito's event that matters here.
type event struct {
	Source   string `json:"triggerSource"`
	PoolID   string `json:"userPoolId"`
	Username string `json:"userName"`
	Caller   struct {
		ClientID string `json:"clientId"`
	} `json:"callerContext"`
	Request struct {
		Attributes map[string]string `json:"userAttributes"`
		Metadata   map[string]string `json:"clientMetadata"`
	} `json:"request"`
}

// gate decides about a sign-up's terms. consent.Gate is one.
type gate interface {
	Admit(ctx context.Context, username, clientID string, metadata map[string]string) error
}

// owners decides whose an address is. linking.Policy does.
type owners interface {
	External(ctx context.Context, c linking.Comer) error
	Native(ctx context.Context, c linking.Comer) error
}

// reach says whether the code that follows a sign-up would arrive. suppress.Reachable
// does.
type reach interface {
	Check(ctx context.Context, address string) error
}

// gates are all that stands in front of a sign-up.
type gates struct {
	terms  gate
	owners owners
	mail   reach
}

// handler adapts the gates to Cognito, which wants its event back. The answer is
// the event's own bytes: its response is filled in already, with noes to
// confirming anything by itself, and no member is lost, known or not.
func handler(g gates, log *slog.Logger) boot.Func {
	return func(ctx context.Context, raw json.RawMessage) (any, error) {
		if err := g.decide(ctx, raw); err != nil {
			return nil, refusal(ctx, log, err)
		}
		return raw, nil
	}
}

// decide asks whose the address is, and about people who sign themselves up also
// whether the code would arrive, and the gate. Google, Apple and an operator bring
// no metadata: their users meet the gate at the API instead. A source that is not
// known today may be another way to sign oneself up, which would then lead past
// the gate; so it is refused until somebody has decided.
func (g gates) decide(ctx context.Context, raw json.RawMessage) error {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return errEvent.With(err)
	}
	comer := linking.Comer{PoolID: e.PoolID, Username: e.Username, Attributes: e.Request.Attributes}
	switch e.Source {
	case created:
		return nil
	case external:
		return g.owners.External(ctx, comer)
	case signUp:
		if e.Username == "" {
			return errEvent.With(errors.New("sign-up without a userName"))
		}
		if err := g.address(ctx, comer); err != nil {
			return err
		}
		return g.terms.Admit(ctx, e.Username, e.Caller.ClientID, e.Request.Metadata)
	case "":
		return errEvent.With(errors.New("no triggerSource"))
	}
	return errSource.With(errors.New("unknown triggerSource"))
}

// address asks both questions about an address side by side. Whose it is goes
// first: a person who is here already has another way in.
func (g gates) address(ctx context.Context, c linking.Comer) error {
	var unreachable error
	var wg sync.WaitGroup
	wg.Go(func() { unreachable = g.mail.Check(ctx, c.Attributes["email"]) })
	err := g.owners.Native(ctx, c)
	wg.Wait()
	if err != nil {
		return err
	}
	return unreachable
}

// refusal returns what Cognito may show of err, the code alone, and writes the
// cause, if there is one, to the log.
func refusal(ctx context.Context, log *slog.Logger, err error) error {
	f := fault.Of(err)
	if f.Err != nil {
		log.ErrorContext(ctx, "sign-up failed", "code", f.Code, "error", f.Err)
	}
	return f.With(nil)
}
