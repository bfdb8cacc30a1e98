package google

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"callanalyst/pkg/calendar"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// Revoke gives a grant back, and with it every token that came from it. One that
// Google does not know any more is no error.
func (o *OAuth) Revoke(ctx context.Context, refresh string) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	form := url.Values{"token": {refresh}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.TokenBase+"/revoke", strings.NewReader(form))
	if err != nil {
		return fmt.Errorf("google: revoke: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := o.HTTP.Do(req)
	if err != nil {
		return calendar.ErrGoogle.With(fmt.Errorf("google: revoke: %w", err))
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct{ Error string }
	err = json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&answer)
	if resp.StatusCode == http.StatusOK || err == nil && answer.Error == "invalid_token" {
		return nil
	}
	return calendar.ErrGoogle.With(fmt.Errorf("google: revoke: %d %q", resp.StatusCode, answer.Error))
}
