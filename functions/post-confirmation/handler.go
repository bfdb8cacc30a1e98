package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/profile/onboard"
)

// confirmed is the one trigger source that means a new user: of a code, of an
// operator, of a first sign-in with Google or Apple. Cognito sends every reset
// password to the same trigger.
const confirmed = "PostConfirmation_ConfirmSignUp"

// errEvent reports a payload that is not JSON: it is not from Cognito, and there
// is nothing to answer it with.
var errEvent = fault.New(fault.Invalid, "INVALID_EVENT", "This function answers Cognito's post-confirmation events only.")

// event is the part of Cognito's event that matters here.
type event struct {
	Source   string `json:"triggerSource"`
	PoolID   string `json:"userPoolId"`
	Username string `json:"userName"`
	Request  struct {
		Attributes map[string]string `json:"userAttributes"`
	} `json:"request"`
}

// handler adapts Onboarding to Cognito, which wants its event back. The answer
// is the event's own bytes, so that no member is lost, known or not. Cognito
// would show an error to a person whose account is confirmed already and could
// not be confirmed again: a JSON event of any form is answered, and only logged.
func handler(o *onboard.Onboarding, log *slog.Logger) boot.Func {
	return func(ctx context.Context, raw json.RawMessage) (any, error) {
		var e event
		switch err := json.Unmarshal(raw, &e); {
		case err != nil && !json.Valid(raw):
			return nil, errEvent.With(err)
		case err != nil:
			log.ErrorContext(ctx, "event has another form", "code", "EVENT_MALFORMED", "error", fmt.Errorf("decode: %w", err))
		case e.Source == confirmed:
			o.Run(ctx, onboard.User{PoolID: e.PoolID, Username: e.Username, Attributes: e.Request.Attributes})
		}
		return raw, nil
	}
}
