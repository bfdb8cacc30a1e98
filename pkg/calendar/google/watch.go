package google

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"callanalyst/pkg/calendar"
)

const (
	// channelTTL is how long a channel is asked for: the longest that Google gives.
	channelTTL = 7 * 24 * time.Hour
	// watchTimeout bounds a call about a channel, which nobody depends on.
	watchTimeout = 4 * time.Second
)

// Watch has Google tell address of changes to the calendar of the token's user,
// over a channel called id, with secret in each message. It returns Google's id of
// what is watched, and when that ends.
func (e *Events) Watch(ctx context.Context, access, id, secret, address string) (resource string, until time.Time, err error) {
	text, err := e.post(ctx, access, "/calendar/v3/calendars/primary/events/watch", map[string]any{
		"id": id, "type": "web_hook", "address": address, "token": secret,
		"params": map[string]string{"ttl": strconv.Itoa(int(channelTTL / time.Second))},
	})
	if err != nil {
		return "", time.Time{}, err
	}
	var made struct {
		ResourceID string `json:"resourceId"`
		Expiration int64  `json:"expiration,string"` // Unix milliseconds
	}
	if err := json.Unmarshal(text, &made); err != nil || made.ResourceID == "" || made.Expiration <= 0 {
		return "", time.Time{}, calendar.ErrGoogle.With(fmt.Errorf("google: the channel is not the JSON expected: %w", err))
	}
	return made.ResourceID, time.UnixMilli(made.Expiration), nil
}

// Stop ends a channel. What is on its way already may still arrive.
func (e *Events) Stop(ctx context.Context, access, id, resource string) error {
	_, err := e.post(ctx, access, "/calendar/v3/channels/stop", map[string]any{"id": id, "resourceId": resource})
	return err
}

// post makes a call about a channel.
func (e *Events) post(ctx context.Context, access, path string, body map[string]any) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, watchTimeout)
	defer stop()
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("google: encode %s: %w", path, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.Base+path, bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("google: make %s: %w", path, err)
	}
	req.Header.Set("Authorization", "Bearer "+access)
	req.Header.Set("Content-Type", "application/json")
	resp, err := e.HTTP.Do(req)
	if err != nil {
		return nil, calendar.ErrGoogle.With(fmt.Errorf("google: %s: %w", path, err))
	}
	defer func() { _ = resp.Body.Close() }()
	text, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode/100 != 2 {
		return nil, refusal(resp.StatusCode, resp.Header, text)
	}
	if err != nil {
		return nil, calendar.ErrGoogle.With(fmt.Errorf("google: read %s: %w", path, err))
	}
	return text, nil
}
