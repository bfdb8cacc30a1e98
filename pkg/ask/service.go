package ask

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

// ErrUpstream reports that no model answered. Nothing was counted.
var ErrUpstream = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "No model answers right now. Your question was not counted; try again in a few seconds.").After(5 * time.Second)

// Service answers questions.
type Service struct {
	Ledger interface {
		Reserve(ctx context.Context, sub, id string) (Reservation, error)
		Settle(ctx context.Context, r Reservation, used Usage, refund bool) error
	}
	Transcripts interface {
		Read(ctx context.Context, sub, botID string, budget int) ([]Line, error)
	}
	Relay     *Relay
	Tiers     map[entitlement.Tier]Tier
	Heartbeat time.Duration
	Log       *slog.Logger
}

// settleWithin bounds the last write of an answer; the answer's own time may be
// over by then.
const settleWithin = 2 * time.Second

// Open answers caller sub's question as a stream of server-sent events. Whatever
// can be refused is refused here, as an error with nothing counted: the stream
// begins with the model's first word. The reader must be read to its end or
// closed. id names the request.
func (s *Service) Open(ctx context.Context, sub, id string, q Question) (io.ReadCloser, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	r, lines, err := s.admit(ctx, sub, id, q.BotID())
	if err != nil {
		return nil, err
	}
	tier := s.Tiers[r.Tier]
	out, in := io.Pipe()
	a := &answer{service: s, reservation: r, pipe: in, events: events{w: in}, begun: make(chan error, 1)}
	go a.run(ctx, NewPrompt(tier, q.Question, Text(lines, tier.Context)))
	if err := <-a.begun; err != nil {
		return nil, err
	}
	return out, nil
}

// admit reserves the question and reads its call, side by side. A question about
// a call that is not there is not counted.
func (s *Service) admit(ctx context.Context, sub, id, bot string) (Reservation, []Line, error) {
	if bot == "" {
		r, err := s.Ledger.Reserve(ctx, sub, id)
		return r, nil, err
	}
	var r Reservation
	var lines []Line
	var reserved, read error
	var g errgroup.Group
	g.Go(func() error { r, reserved = s.Ledger.Reserve(ctx, sub, id); return nil })
	g.Go(func() error { lines, read = s.Transcripts.Read(ctx, sub, bot, largestContext(s.Tiers)); return nil })
	_ = g.Wait()
	if reserved != nil {
		return Reservation{}, nil, reserved
	}
	if read != nil {
		s.settle(ctx, r, Usage{}, true)
		return Reservation{}, nil, read
	}
	return r, lines, nil
}

func largestContext(tiers map[entitlement.Tier]Tier) int {
	n := 0
	for _, t := range tiers {
		n = max(n, t.Context)
	}
	return n
}

// settle books the answer in a context of its own: ctx may have ended, and this
// is the write that must not be lost. If it is, the place runs out by itself and
// the question stays counted.
func (s *Service) settle(ctx context.Context, r Reservation, used Usage, refund bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if err := s.Ledger.Settle(ctx, r, used, refund); err != nil {
		s.Log.ErrorContext(ctx, "settle", "code", "SETTLE_LOST", "request_id", r.ID, "error", err)
	}
}

// answer is one answer under way.
type answer struct {
	service     *Service
	reservation Reservation
	pipe        *io.PipeWriter
	events      events
	begun       chan error // one value: nil with the first word, or why there is none
	started     bool
	stopBeat    context.CancelFunc
}

// run asks the model and writes the stream. Every way out of it, a panic
// included, settles the reservation once and ends the stream.
func (a *answer) run(ctx context.Context, p Prompt) {
	defer func() {
		if v := recover(); v != nil {
			a.service.Log.ErrorContext(ctx, "panic", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			a.finish(ctx, Outcome{Begun: a.started, Err: fmt.Errorf("panic: %v", v)})
		}
	}()
	a.finish(ctx, a.service.Relay.Answer(ctx, p, a))
}

// Begin implements Sink: it releases Open, then sends who answers.
func (a *answer) Begin(provider, model string) error {
	a.started = true
	a.begun <- nil
	ctx, stop := context.WithCancel(context.Background())
	a.stopBeat = stop
	go a.beat(ctx)
	return a.events.send("meta", Meta{a.reservation.ID, provider, model})
}

// Delta implements Sink.
func (a *answer) Delta(text string) error { return a.events.send("delta", Delta{text}) }

func (a *answer) beat(ctx context.Context) {
	t := time.NewTicker(a.service.Heartbeat)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if a.events.beat() != nil {
				return
			}
		}
	}
}

// finish settles and ends the stream, in that order: after the last byte Lambda
// freezes the process.
func (a *answer) finish(ctx context.Context, out Outcome) {
	refund := !out.Begun
	a.service.settle(ctx, a.reservation, out.Usage, refund)
	a.log(ctx, out)
	if !a.started {
		a.begun <- ErrUpstream.With(out.Err)
		return
	}
	a.stopBeat()
	remaining := a.reservation.Remaining
	if refund {
		remaining++
	}
	_ = a.events.send("usage", Used{out.Usage.Input, out.Usage.Output, remaining})
	if out.Err != nil {
		_ = a.events.send("error", Failure{failureCode(out.Err), retryableError(out.Err)})
	} else {
		_ = a.events.send("done", Done{out.Stop})
	}
	_ = a.pipe.Close()
}

// failureCode is the code of an answer that broke off after its first word.
func failureCode(err error) string {
	switch {
	case errors.Is(err, ErrDeadline):
		return "ANSWER_TOO_LONG"
	case errors.As(err, new(*UpstreamError)):
		return "UPSTREAM_UNAVAILABLE"
	}
	return "INTERNAL"
}

func (a *answer) log(ctx context.Context, out Outcome) {
	level := slog.LevelInfo
	if out.Err != nil {
		level = slog.LevelWarn
	}
	a.service.Log.Log(ctx, level, "answer", "request_id", a.reservation.ID, "provider", out.Provider, "tier", string(a.reservation.Tier),
		"input_count", out.Usage.Input, "output_count", out.Usage.Output, "stop", string(out.Stop), "error", out.Err)
}
