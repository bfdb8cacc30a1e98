package main

import (
	"context"
	"encoding/json"
	"log/slog"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/mail"
)

// errEvent reports a payload that is not Cognito's.
var errEvent = fault.New(fault.Invalid, "INVALID_EVENT", "This function answers Cognito's custom e-mail sender events only.")

// event is the part of Cognito's event that matters here.
type event struct {
	Source  string `json:"triggerSource"`
	PoolID  string `json:"userPoolId"`
	Request struct {
		Code       string            `json:"code"`
		Attributes map[string]string `json:"userAttributes"`
	} `json:"request"`
}

// handler adapts Codes to Cognito. Cognito calls it asynchronously: it reads no
// answer, and an error makes Lambda try again.
func handler(c *mail.Codes, log *slog.Logger) boot.Func {
	return func(ctx context.Context, raw json.RawMessage) (any, error) {
		var e event
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, errEvent // the decoder's error could quote the event
		}
		outcome, err := c.Send(ctx, mail.Request{Source: e.Source, PoolID: e.PoolID, Code: e.Request.Code, Attributes: e.Request.Attributes})
		if err != nil {
			return nil, err
		}
		log.InfoContext(ctx, "mail", "source", e.Source, "outcome", string(outcome))
		return nil, nil
	}
}
