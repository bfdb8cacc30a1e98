package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/auth/cognitotest/keys"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/runtimeapi"
)

// holdForUpdate keeps each stand-in's answer back while golden files are written,
// so that calls which run side by side are seen to.
const holdForUpdate = 15 * time.Millisecond

// replayer replays samples. Find and the binaries say what stands behind a
// function's name.
type replayer struct {
	root     string
	keys     keys.Set
	binaries map[string]string
	find     func(string) (fleet.Function, bool)
	env      []string // beyond what the manifest gives; tests use it
	update   bool
}

// outcome is what came of one replay.
type outcome struct {
	sample       sample
	answer       any
	calls        []call
	start        time.Duration // of the cold start, up to the first event
	cold, warm   time.Duration // in the handler
	whole        time.Duration // with the stand-ins' own start
	difference   string        // from the golden file; "" when there is none
	missing      bool          // there is no golden file
	wrote        bool          // the golden file was written
	inconsistent string        // how the warm answer differs from the cold one
	log          []string      // the function's own lines
}

func (o outcome) ok() bool { return o.difference == "" && o.inconsistent == "" && !o.missing }

// replayAll builds what is needed and replays the chosen samples in turn.
func replayAll(ctx context.Context, root string, chosen []sample, o options, p *printer) (int, error) {
	r := &replayer{root: root, find: fleet.Find, update: o.update}
	if err := r.prepare(ctx, chosen); err != nil {
		return exitUsage, err
	}
	code := exitOK
	p.begin(chosen)
	for _, s := range chosen {
		out, err := r.replay(ctx, s, p.watch(len(chosen) == 1))
		if err != nil {
			return exitUsage, fmt.Errorf("%s: %w", s, err)
		}
		p.outcome(out)
		if !out.ok() {
			code = exitWrong
		}
	}
	p.end()
	return code, nil
}

// prepare builds the binaries and makes the pool's keys, side by side.
func (r *replayer) prepare(ctx context.Context, chosen []sample) error {
	var g errgroup.Group
	g.Go(func() (err error) {
		r.binaries, err = build(ctx, r.root, chosen)
		return err
	})
	g.Go(func() (err error) {
		r.keys, err = keys.Generate()
		return err
	})
	return g.Wait()
}

// watcher hears of a replay while it runs. Its fields may be nil.
type watcher struct {
	call  func(call)
	piece func(string, time.Duration)
}

// replay runs one sample twice, cold and warm, each in a world of its own, and
// compares with the golden file or writes it.
func (r *replayer) replay(ctx context.Context, s sample, see watcher) (outcome, error) {
	began := time.Now()
	f, ok := r.find(s.function)
	if !ok {
		return outcome{}, fmt.Errorf("the manifest has no function %s", s.function)
	}
	event, err := readEvent(s)
	if err != nil {
		return outcome{}, err
	}
	want, err := readGolden(s)
	if err != nil {
		return outcome{}, err
	}
	worlds, err := r.worlds(ctx, s, event)
	if err != nil {
		return outcome{}, err
	}
	defer worlds.close()
	out := outcome{sample: s}
	if err := r.run(ctx, f, worlds, &out, see); err != nil {
		return outcome{}, err
	}
	out.whole = time.Since(began)
	return out, r.judge(want, &out)
}

// worlds are the two worlds of one replay, each with its own event: codes are
// encrypted under the world's own keys.
type worlds struct {
	world [2]*world
	event [2][]byte
}

func (w *worlds) close() {
	for _, x := range w.world {
		if x != nil {
			x.close()
		}
	}
}

func (r *replayer) worlds(ctx context.Context, s sample, event []byte) (*worlds, error) {
	out := &worlds{}
	var g errgroup.Group
	for i := range out.world {
		g.Go(func() error {
			before, err := readSetup(s)
			if err != nil {
				return err
			}
			w, err := newWorld(ctx, r.root, r.keys, before)
			if err != nil {
				return err
			}
			out.world[i] = w
			w.masks = &masks{known: string(event) + compactJSON(before), now: time.Now()}
			for _, secret := range secretValues() {
				w.masks.add(secret, "<secret>")
			}
			out.event[i], err = w.fill(ctx, event)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		out.close()
		return nil, err
	}
	return out, nil
}

// run invokes the function cold and warm.
func (r *replayer) run(ctx context.Context, f fleet.Function, w *worlds, out *outcome, see watcher) error {
	record := &recorder{tell: see.call}
	if r.update {
		record.hold = holdForUpdate
	}
	st, err := newStage(f, r.binaries[f.Name], r.keys, r.env, record, out.note)
	if err != nil {
		return err
	}
	defer st.close()
	sink := streamSink(f, see)
	res, calls, err := st.invoke(ctx, f.Name, w.world[0], w.event[0], sink)
	if err != nil {
		return err
	}
	out.calls, out.cold, out.start = calls, res.Duration, res.InitDuration
	out.answer = answerOf(w.event[0], res, sink, w.world[0].masks)
	record.quiet()
	sink = streamSink(f, watcher{})
	res, _, err = st.invoke(ctx, f.Name, w.world[1], w.event[1], sink)
	if err != nil {
		return err
	}
	out.warm = res.Duration
	again := answerOf(w.event[1], res, sink, w.world[1].masks)
	out.inconsistent = diffLines(prettyJSON(out.answer), prettyJSON(again))
	return nil
}

// note keeps the function's own lines; Lambda's frame each invocation.
func (o *outcome) note(l runtimeapi.Line) {
	for _, frame := range []string{"INIT_START ", "START ", "END ", "REPORT "} {
		if strings.HasPrefix(l.Text, frame) {
			return
		}
	}
	o.log = append(o.log, l.Text)
}

func streamSink(f fleet.Function, see watcher) *streamed {
	if !f.Trigger.Stream {
		return nil
	}
	return &streamed{tell: see.piece, began: time.Now()}
}

// judge compares with the golden file, or writes it.
func (r *replayer) judge(want *golden, out *outcome) error {
	if r.update {
		g := golden{Answer: out.answer, Calls: waves(out.calls)}
		out.wrote = want == nil || diffLines(want.text(), g.text()) != ""
		return g.write(out.sample)
	}
	out.missing = want == nil
	out.difference = compare(want, out.answer, out.calls)
	return nil
}

// secretValues lists every value that a secret of the stand-ins holds.
func secretValues() (out []string) {
	for _, fields := range secrets() {
		for _, v := range fields {
			switch v := v.(type) {
			case string:
				out = append(out, v)
			case []string:
				out = append(out, v...)
			}
		}
	}
	return out
}
