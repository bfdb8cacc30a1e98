package llm

import (
	"context"
	"iter"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"callanalyst/pkg/ask"
)

// OpenAI asks GPT. It is safe for concurrent use.
type OpenAI struct {
	completions openai.ChatCompletionService
	key         Key
	models      map[string]string
}

// NewOpenAI returns a provider that reaches the API at base (without /v1)
// through hc. models names its model for each of the first provider's, since a
// fallback is asked with the first one's prompt.
func NewOpenAI(base string, hc *http.Client, key Key, models map[string]string) *OpenAI {
	return &OpenAI{key: key, models: models, completions: openai.NewChatCompletionService(
		option.WithBaseURL(base+"/v1"), option.WithHTTPClient(hc), option.WithMaxRetries(0),
	)}
}

// Name implements ask.Provider.
func (o *OpenAI) Name() string { return "openai" }

// Answer implements ask.Provider.
func (o *OpenAI) Answer(ctx context.Context, p ask.Prompt) iter.Seq2[ask.Part, error] {
	return func(yield func(ask.Part, error) bool) {
		err := o.key(ctx, func(key string) error {
			s := o.completions.NewStreaming(ctx, o.completion(p), option.WithAPIKey(key))
			defer func() { _ = s.Close() }()
			return rejected(relay(s, yield))
		})
		if err != nil {
			yield(ask.Part{}, failure(o.Name(), err))
		}
	}
}

// relay passes the deltas on. The finish reason comes before the usage, which
// comes in a chunk without choices, so the end is told once the stream is read.
func relay(s *ssestream.Stream[openai.ChatCompletionChunk], yield func(ask.Part, error) bool) error {
	var end ask.Part
	for s.Next() {
		c := s.Current()
		if c.Usage.TotalTokens > 0 {
			end.Usage = ask.Usage{Input: int(c.Usage.PromptTokens), Output: int(c.Usage.CompletionTokens)}
		}
		if len(c.Choices) == 0 {
			continue
		}
		if r := c.Choices[0].FinishReason; r != "" {
			end.Stop = openaiStop(r)
		}
		d := c.Choices[0].Delta
		if text := d.Content + d.Refusal; text != "" && !yield(ask.Part{Text: text}, nil) {
			return nil
		}
	}
	if err := s.Err(); err != nil {
		return err
	}
	if end.Stop != "" {
		yield(end, nil)
	}
	return nil
}

func (o *OpenAI) completion(p ask.Prompt) openai.ChatCompletionNewParams {
	messages := []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(p.System)}
	if p.Context != "" {
		messages = append(messages, openai.UserMessage(p.Context))
	}
	model, ok := o.models[p.Model]
	if !ok {
		model = p.Model
	}
	return openai.ChatCompletionNewParams{
		Model:               model,
		MaxCompletionTokens: openai.Int(int64(p.MaxTokens)),
		Messages:            append(messages, openai.UserMessage(p.Question)),
		StreamOptions:       openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)},
	}
}

func openaiStop(reason string) ask.Stop {
	switch reason {
	case "length":
		return ask.StopMaxTokens
	case "content_filter":
		return ask.StopRefusal
	}
	return ask.StopEnd
}
