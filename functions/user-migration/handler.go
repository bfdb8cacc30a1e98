package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/migration"
)

// The two questions of Cognito.
const (
	signIn = "UserMigration_Authentication"
	forgot = "UserMigration_ForgotPassword"
)

// errEvent reports an event that is not one of them. It carries no cause: a
// decoder's error may quote the password.
var errEvent = fault.New(fault.Invalid, "INVALID_EVENT", "This function answers Cognito's user migration events only.")

// event is the part of Cognito's event that matters here. It is never logged.
type event struct {
	Source   string `json:"triggerSource"`
	Username string `json:"userName"`
	Request  struct {
		Password string `json:"password"`
	} `json:"request"`
}

// response is what Cognito makes a user of. An empty one is no user: the person
// learns that address or password are wrong. Fields that say nothing are left
// out, for Cognito has defaults of its own for them.
type response struct {
	UserAttributes  map[string]string `json:"userAttributes,omitempty"`
	FinalUserStatus string            `json:"finalUserStatus,omitempty"`
	MessageAction   string            `json:"messageAction,omitempty"`
}

// door lets legacy users in. migration.Door is one.
type door interface {
	SignIn(ctx context.Context, username, password string) (*migration.Newcomer, error)
	Forgotten(ctx context.Context, username string) (*migration.Newcomer, error)
}

// handler adapts the door to Cognito, which wants its event back with the
// response filled in.
func handler(d door, log *slog.Logger) boot.Func {
	return func(ctx context.Context, raw json.RawMessage) (any, error) {
		answer, err := decide(ctx, d, raw)
		if err != nil {
			return nil, refusal(ctx, log, err)
		}
		var whole map[string]json.RawMessage
		if json.Unmarshal(raw, &whole) != nil {
			return nil, errEvent
		}
		if whole["response"], err = json.Marshal(answer); err != nil {
			return nil, errEvent
		}
		return whole, nil
	}
}

func decide(ctx context.Context, d door, raw json.RawMessage) (response, error) {
	var e event
	if json.Unmarshal(raw, &e) != nil {
		return response{}, errEvent
	}
	switch e.Source {
	case signIn:
		n, err := d.SignIn(ctx, e.Username, e.Request.Password)
		return made(n, "CONFIRMED"), err
	case forgot:
		n, err := d.Forgotten(ctx, e.Username)
		return made(n, ""), err // Cognito sets it to RESET_REQUIRED and mails the code
	}
	return response{}, errEvent.With(errors.New("unknown triggerSource"))
}

// made describes the user, without Cognito's own welcome: it would go out by SMS.
func made(n *migration.Newcomer, status string) response {
	if n == nil {
		return response{}
	}
	if n.Reset {
		status = "RESET_REQUIRED"
	}
	return response{UserAttributes: n.Attributes, FinalUserStatus: status, MessageAction: "SUPPRESS"}
}

// refusal returns what Cognito may show of err, the code alone, and writes the
// cause to the log.
func refusal(ctx context.Context, log *slog.Logger, err error) error {
	f := fault.Of(err)
	if f.Err != nil {
		log.ErrorContext(ctx, "migration failed", "code", f.Code, "error", f.Err)
	}
	return f.With(nil)
}
