package notetaker

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/notetaker/hook"
	"callanalyst/pkg/notetaker/recall"
)

// MaxWebhookBody bounds a webhook's body: an utterance may last for minutes.
const MaxWebhookBody = 1 << 20

var (
	// ErrBodyTooLarge reports a webhook over MaxWebhookBody.
	ErrBodyTooLarge = fault.New(fault.TooLarge, "BODY_TOO_LARGE", "The request's body is too large for a webhook.")
	// ErrNoSecret reports that webhooks cannot be verified here.
	ErrNoSecret = fault.New(fault.Internal, "INTERNAL", "Webhooks cannot be verified right now.")
)

// Receipt says what became of a webhook.
type Receipt struct {
	Outcome string `json:"outcome"`
}

// The outcomes of a webhook.
const (
	Stored     = "stored"     // something new was kept
	Duplicate  = "duplicate"  // it was there already
	Ignored    = "ignored"    // of no use here
	Unreadable = "unreadable" // signed, but not what we know; a repetition would not help
)

// Scribe takes Recall's webhooks. After a minute of refusals Recall gives a
// call's live transcript up, so it verifies, writes once, and only refuses what
// is forged or could not be written.
type Scribe struct {
	Keys        recall.Keys
	Chunks      *Chunks
	Meter       Meter
	Transcripts interface {
		Transcript(ctx context.Context, id string) ([]recall.Words, error)
	}
	// Heard is told of bots on their way. Dispatcher.Heard is one.
	Heard func(ctx context.Context, botID, recallID string) error
	Log   *slog.Logger
	Now   func() time.Time

	mu      sync.Mutex
	refetch time.Time // when a bad signature may next ask for new secrets
}

// Take verifies a webhook and keeps what it says. token is the one in the
// address it was sent to.
func (s *Scribe) Take(ctx context.Context, h http.Header, token string, body []byte) (Receipt, error) {
	if len(body) > MaxWebhookBody {
		return Receipt{}, ErrBodyTooLarge
	}
	var e event
	var unreadable error
	err := s.Keys(ctx, func(_ context.Context, secret recall.Secret) error {
		keys, err := hook.ParseKeys(secret.WebhookSecrets)
		if err != nil || secret.URLToken == "" {
			return ErrNoSecret.With(errors.Join(err, errors.New("notetaker: webhook secrets and url_token must be configured")))
		}
		if _, err := keys.Verify(h, body, s.Now()); err != nil {
			return s.refusal(err)
		}
		unreadable = json.Unmarshal(body, &e)
		if e.realtime() && subtle.ConstantTimeCompare([]byte(token), []byte(secret.URLToken)) != 1 {
			return hook.ErrSignature.With(errors.New("notetaker: real-time event without the address's token"))
		}
		return nil
	})
	if err != nil {
		return Receipt{}, err
	}
	if unreadable != nil || e.Data.Bot.ID == "" {
		s.warn(ctx, "RecallEventsUnreadable", "unreadable webhook", "event", e.Event)
		return Receipt{Unreadable}, nil
	}
	return s.keep(ctx, e)
}

// CheckSecrets returns an error unless webhooks can be verified with the secret.
func CheckSecrets(s recall.Secret) error {
	if _, err := hook.ParseKeys(s.WebhookSecrets); err != nil || s.URLToken == "" {
		return ErrNoSecret.With(errors.Join(err, errors.New("notetaker: webhook secrets and url_token must be configured")))
	}
	return nil
}

// refusal asks once a minute for the secrets anew: perhaps one was rolled. More
// often, an attacker could make us do it.
func (s *Scribe) refusal(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.Now(); !now.Before(s.refetch) {
		s.refetch = now.Add(time.Minute)
		return errors.Join(err, boot.ErrRejected)
	}
	return err
}

// keep writes what a genuine event says.
func (s *Scribe) keep(ctx context.Context, e event) (Receipt, error) {
	id, known := e.botID()
	if !known {
		s.warn(ctx, "RecallEventsUnknownBot", "webhook of a bot that was not ordered here", "event", e.Event, "recall_id", e.Data.Bot.ID)
	}
	switch {
	case e.Event == "transcript.data":
		return s.hear(ctx, id, e)
	case e.Event == "transcript.done":
		return s.repair(ctx, id, e.Data.Transcript.ID)
	case e.status():
		return s.follow(ctx, id, known, e)
	}
	return Receipt{Ignored}, nil
}

func (s *Scribe) hear(ctx context.Context, id string, e event) (Receipt, error) {
	var w recall.Words
	if err := json.Unmarshal(e.Data.Data, &w); err != nil {
		s.warn(ctx, "RecallEventsUnreadable", "unreadable utterance", "event", e.Event)
		return Receipt{Unreadable}, nil
	}
	u, ok := utterance(w)
	if !ok {
		return Receipt{Ignored}, nil
	}
	n, err := s.Chunks.Append(ctx, id, u)
	if err != nil {
		return Receipt{}, err
	}
	if n == 0 {
		return Receipt{Duplicate}, nil
	}
	return Receipt{Stored}, nil
}

// follow keeps where the bot is, and has those removed that nobody wants.
func (s *Scribe) follow(ctx context.Context, id string, known bool, e event) (Receipt, error) {
	var c change
	if err := json.Unmarshal(e.Data.Data, &c); err != nil || c.Code == "" {
		s.warn(ctx, "RecallEventsUnreadable", "unreadable status", "event", e.Event)
		return Receipt{Unreadable}, nil
	}
	k, moved, err := s.Chunks.move(ctx, id, c, e.Data.Bot.ID)
	if err != nil {
		return Receipt{}, err
	}
	if known && k.State.Over() && !k.Booked {
		if err := s.Meter.bill(ctx, k); err != nil {
			return Receipt{}, err
		}
	}
	if known && moved && rank(c.Code) >= rank("joining_call") && rank(c.Code) < rank("call_ended") {
		if err := s.Heard(ctx, id, e.Data.Bot.ID); err != nil {
			s.Log.WarnContext(ctx, "look after a bot on its way", "bot_id", id, "error", err)
		}
	}
	if !moved {
		return Receipt{Duplicate}, nil
	}
	return Receipt{Stored}, nil
}

func (s *Scribe) warn(ctx context.Context, metric, message string, attrs ...any) {
	s.Log.WarnContext(ctx, message, append(attrs, boot.Count(s.Now(), metric, 1)...)...)
}

// repair adds what the live path lost, once the whole transcript is there, and
// closes the books.
func (s *Scribe) repair(ctx context.Context, id, transcript string) (Receipt, error) {
	all, err := s.Transcripts.Transcript(ctx, transcript)
	if err != nil {
		return Receipt{}, ErrRecall.With(fmt.Errorf("notetaker: read the transcript of %s: %w", id, err))
	}
	live, err := s.Chunks.all(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	lost := missing(live, all)
	n, err := s.Chunks.Append(ctx, id, lost...)
	if err != nil {
		return Receipt{}, err
	}
	if err := s.Chunks.final(ctx, id); err != nil {
		return Receipt{}, err
	}
	if n == 0 {
		return Receipt{Duplicate}, nil
	}
	s.Log.InfoContext(ctx, "transcript repaired", append([]any{"bot_id", id}, boot.Count(s.Now(), "RecallChunksRepaired", n)...)...)
	return Receipt{Stored}, nil
}
