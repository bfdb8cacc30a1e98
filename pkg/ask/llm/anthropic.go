// Package llm asks the vendors' models through their official clients. Their
// retries are off: whether and whom to ask again is decided in package ask.
package llm

import (
	"context"
	"iter"
	"net/http"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"callanalyst/pkg/ask"
)

// Key calls use with a vendor's API key as it is now. When use's error wraps
// boot.ErrRejected, the key is fetched anew and use called once more if it has
// changed: a rotated key costs nobody an answer. See boot.Use.
type Key func(ctx context.Context, use func(key string) error) error

// Anthropic asks Claude. It is safe for concurrent use.
type Anthropic struct {
	messages anthropic.MessageService
	key      Key
}

// NewAnthropic returns a provider that reaches the API at base (without /v1)
// through hc. Nothing is read from the environment.
func NewAnthropic(base string, hc *http.Client, key Key) *Anthropic {
	// The one service alone: a whole client would link every other one.
	return &Anthropic{key: key, messages: anthropic.NewMessageService(
		option.WithEnvironmentProduction(), option.WithBaseURL(base), option.WithHTTPClient(hc), option.WithMaxRetries(0),
	)}
}

// Name implements ask.Provider.
func (a *Anthropic) Name() string { return "anthropic" }

// Answer implements ask.Provider.
func (a *Anthropic) Answer(ctx context.Context, p ask.Prompt) iter.Seq2[ask.Part, error] {
	return func(yield func(ask.Part, error) bool) {
		err := a.key(ctx, func(key string) error { return a.stream(ctx, p, key, yield) })
		if err != nil {
			yield(ask.Part{}, failure(a.Name(), err))
		}
	}
}

// stream asks with one key and yields the parts.
func (a *Anthropic) stream(ctx context.Context, p ask.Prompt, key string, yield func(ask.Part, error) bool) error {
	s := a.messages.NewStreaming(ctx, message(p), option.WithAPIKey(key))
	defer func() { _ = s.Close() }()
	var end ask.Part
	for s.Next() {
		part, ok := anthropicPart(s.Current(), &end)
		if ok && (!yield(part, nil) || part.Stop != "") {
			return nil
		}
	}
	return rejected(s.Err())
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
