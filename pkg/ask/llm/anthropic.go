// Package llm asks the vendors' models through their official clients. Their
// retries are off: whether and whom to ask again is decided in package ask.
package llm

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strconv"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"callanalyst/pkg/ask"
)

// Key returns a vendor's API key as it is now. It is called for each question,
// so that a rotated key is used at once.
type Key func(ctx context.Context) (string, error)

// Anthropic asks Claude. It is safe for concurrent use.
type Anthropic struct {
	client anthropic.Client
	key    Key
}

// NewAnthropic returns a provider that reaches the API at base (without /v1)
// through hc. Nothing is read from the environment.
func NewAnthropic(base string, hc *http.Client, key Key) *Anthropic {
	return &Anthropic{key: key, client: anthropic.NewClient(
		option.WithoutEnvironmentDefaults(),
		option.WithBaseURL(base), option.WithHTTPClient(hc), option.WithMaxRetries(0),
	)}
}

// Name implements ask.Provider.
func (a *Anthropic) Name() string { return "anthropic" }

// Answer implements ask.Provider.
func (a *Anthropic) Answer(ctx context.Context, p ask.Prompt) iter.Seq2[ask.Part, error] {
	return func(yield func(ask.Part, error) bool) {
		key, err := a.key(ctx)
		if err != nil {
			yield(ask.Part{}, &ask.UpstreamError{Provider: a.Name(), Retryable: true, Err: err})
			return
		}
		s := a.client.Messages.NewStreaming(ctx, message(p), option.WithAPIKey(key))
		defer func() { _ = s.Close() }()
		var end ask.Part
		for s.Next() {
			part, ok := anthropicPart(s.Current(), &end)
			if ok && (!yield(part, nil) || part.Stop != "") {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(ask.Part{}, a.failure(err))
		}
	}
}

// message builds the request. The transcript is a block of its own that is
// marked for the prompt cache: the next question on the same call reads it back
// at a tenth of the price. The question comes last, so the prefix stays equal.
func message(p ask.Prompt) anthropic.MessageNewParams {
	blocks := []anthropic.ContentBlockParamUnion{anthropic.NewTextBlock(p.Question)}
	if p.Context != "" {
		block := anthropic.TextBlockParam{Text: p.Context, CacheControl: anthropic.NewCacheControlEphemeralParam()}
		blocks = append([]anthropic.ContentBlockParamUnion{{OfText: &block}}, blocks...)
	}
	return anthropic.MessageNewParams{
		Model:     anthropic.Model(p.Model),
		MaxTokens: int64(p.MaxTokens),
		System:    []anthropic.TextBlockParam{{Text: p.System}},
		Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(blocks...)},
	}
}

// anthropicPart turns an event into a part; most events are not one. end gathers
// the totals and the stop reason, which come before the last event: only
// message_stop proves that the answer is whole.
func anthropicPart(e anthropic.MessageStreamEventUnion, end *ask.Part) (ask.Part, bool) {
	switch v := e.AsAny().(type) {
	case anthropic.MessageStartEvent:
		u := v.Message.Usage
		end.Usage.Input = int(u.InputTokens + u.CacheCreationInputTokens + u.CacheReadInputTokens)
		return ask.Part{Usage: end.Usage}, true
	case anthropic.ContentBlockDeltaEvent:
		return ask.Part{Text: v.Delta.Text}, v.Delta.Text != ""
	case anthropic.MessageDeltaEvent:
		end.Usage.Output = int(v.Usage.OutputTokens)
		end.Stop = anthropicStop(v.Delta.StopReason)
	case anthropic.MessageStopEvent:
		return *end, end.Stop != ""
	}
	return ask.Part{}, false
}

func anthropicStop(r anthropic.StopReason) ask.Stop {
	switch r {
	case anthropic.StopReasonMaxTokens, "model_context_window_exceeded":
		return ask.StopMaxTokens
	case anthropic.StopReasonRefusal:
		return ask.StopRefusal
	case "":
		return ""
	}
	return ask.StopEnd
}

func (a *Anthropic) failure(err error) error {
	out := &ask.UpstreamError{Provider: a.Name(), Retryable: true, Err: err}
	var e *anthropic.Error
	if errors.As(err, &e) {
		out.Status = e.StatusCode
		out.Retryable = retryable(e.StatusCode)
		out.RetryAfter = retryAfter(e.Response)
	}
	return out
}

// retryable reports whether another provider may do better. A request that was
// refused for what it is, or for who we are, is our defect and not an outage.
// Status 200 is an error inside a stream: an overload, most of the time.
func retryable(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestEntityTooLarge:
		return false
	}
	return true
}

func retryAfter(resp *http.Response) time.Duration {
	if resp == nil {
		return 0
	}
	n, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}
