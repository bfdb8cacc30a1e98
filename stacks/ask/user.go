package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"
)

// The local user. Neither exists anywhere but on this machine.
const (
	email    = "terminal@example.com"
	password = "Terminal-Passw0rd-1!"
)

// user signs in at a local pool.
type user struct {
	pool, client, inbox string
}

// refusal is an error of the pool.
type refusal struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

func (r *refusal) Error() string { return r.Type + ": " + r.Message }

// signIn returns an access token, and signs the user up when there is none.
func (u user) signIn(ctx context.Context) (string, error) {
	token, err := u.token(ctx)
	var no *refusal
	if !errors.As(err, &no) {
		return token, err
	}
	if err := u.signUp(ctx); err != nil {
		return "", err
	}
	return u.token(ctx)
}

func (u user) token(ctx context.Context) (string, error) {
	var out struct {
		AuthenticationResult struct{ AccessToken string }
	}
	err := u.call(ctx, "InitiateAuth", map[string]any{
		"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": u.client,
		"AuthParameters": map[string]string{"USERNAME": email, "PASSWORD": password},
	}, &out)
	return out.AuthenticationResult.AccessToken, err
}

// signUp takes the user through sign-up, the terms accepted, and confirmation by
// the code in the inbox. A sign-up that was broken off before is taken up again.
func (u user) signUp(ctx context.Context) error {
	err := u.call(ctx, "SignUp", map[string]any{
		"ClientId": u.client, "Username": email, "Password": password,
		"UserAttributes": []map[string]string{{"Name": "email", "Value": email}},
		"ClientMetadata": map[string]string{"tos_accepted": "true", "tos_version": "2026-06-01"},
	}, nil)
	var no *refusal
	if errors.As(err, &no) && no.Type == "UsernameExistsException" {
		err = u.call(ctx, "ResendConfirmationCode", map[string]any{"ClientId": u.client, "Username": email}, nil)
	}
	if err != nil {
		return fmt.Errorf("sign up the local user: %w", err)
	}
	code, err := u.code(ctx)
	if err != nil {
		return err
	}
	return u.call(ctx, "ConfirmSignUp", map[string]any{"ClientId": u.client, "Username": email, "ConfirmationCode": code}, nil)
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// code waits for the newest code in the inbox.
func (u user) code(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if code := u.newest(ctx); code != "" {
			return code, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("no code came to %s: is the fleet running?", u.inbox)
		case <-tick.C:
		}
	}
}

func (u user) newest(ctx context.Context) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.inbox+"/api/messages", nil)
	if err != nil {
		return ""
	}
	var box struct {
		Messages []struct {
			To   []string `json:"to"`
			Text string   `json:"text"`
		} `json:"messages"`
	}
	if do(req, &box) != nil {
		return ""
	}
	for _, m := range box.Messages {
		if len(m.To) == 1 && m.To[0] == email {
			return sixDigits.FindString(m.Text)
		}
	}
	return ""
}

// call makes one call of the pool's API.
func (u user) call(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.pool+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	return do(req, out)
}

// do makes a request and decodes its JSON, or the pool's refusal.
func do(req *http.Request, out any) error {
	client := &http.Client{Timeout: 10 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("the fleet does not answer; is `go tool task dev` running? %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		no := &refusal{Type: resp.Status}
		_ = json.Unmarshal(text, no)
		return no
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}
