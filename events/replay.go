package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/auth/cognitotest/keys"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/runtimeapi"
	"callanalyst/stacks/local/solo"
)

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
	hold  func(call) time.Duration // how long a call's answer is kept back
}

// replay runs one sample twice, cold and warm, each in a world of its own, and
// compares with the golden file or writes it.
func (r *replayer) replay(ctx context.Context, s sample, see watcher) (outcome, error) {
	began := time.Now()
	f, ok := r.find(s.function)
	if !ok {
		return outcome{}, fmt.Errorf("the manifest has no function %s", s.function)
	}
	event, before, err := solo.ReadSample(s.dir, s.name)
	if err != nil {
		return outcome{}, err
	}
	want, err := readGolden(s)
	if err != nil {
		return outcome{}, err
	}
	out := outcome{sample: s}
	if err := r.run(ctx, f, before, event, &out, see); err != nil {
		return outcome{}, err
	}
	out.whole = time.Since(began)
	if r.update {
		return out, r.write(ctx, f, before, event, want, &out)
	}
	out.missing = want == nil
	out.difference = compare(want, out.answer, out.calls)
	return out, nil
}

// write finds out which calls wait for which and writes the golden file.
func (r *replayer) write(ctx context.Context, f fleet.Function, before solo.Setup, event []byte, want *golden, out *outcome) error {
	order, err := orderOf(out.calls, func(label string) ([]call, error) { return r.holding(ctx, f, before, event, label) })
	if err != nil {
		return err
	}
	g := golden{Answer: out.answer, Calls: order}
	out.wrote = want == nil || diffLines(want.text(), g.text()) != ""
	return g.write(out.sample)
}

// holding runs the event cold, with the answer of one call kept back.
func (r *replayer) holding(ctx context.Context, f fleet.Function, before solo.Setup, event []byte, label string) ([]call, error) {
	sc, err := r.scene(ctx, before, event)
	if err != nil {
		return nil, err
	}
	defer sc.world.Close()
	st, err := r.stage(f, nil)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	var mu sync.Mutex
	var seen []call
	got, err := r.invoke(ctx, st, sc, f.Trigger.Stream, watcher{hold: func(c call) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		c.began = time.Duration(len(seen)) // in the order that they came
		seen = append(seen, c)
		if _, names := labels(seen, call.key); names[len(names)-1] == label {
			return holdBack
		}
		return 0
	}})
	return got.calls, err
}

func (r *replayer) stage(f fleet.Function, log func(runtimeapi.Line)) (*solo.Stage, error) {
	return solo.Open(solo.Cast{Function: f, Binary: r.binaries[f.Name], Keys: r.keys, Env: r.env, Log: log})
}

// scene is one of the two runs of a replay: a world, and the event as it is in
// that world, since codes are encrypted under the world's own key.
type scene struct {
	world *solo.World
	event []byte
	masks *masks
}

// scenes makes the two runs' worlds, side by side. Close their worlds.
func (r *replayer) scenes(ctx context.Context, before solo.Setup, event []byte) (out [2]scene, err error) {
	var g errgroup.Group
	for i := range out {
		g.Go(func() (err error) {
			out[i], err = r.scene(ctx, before, event)
			return err
		})
	}
	return out, g.Wait()
}

func (r *replayer) scene(ctx context.Context, before solo.Setup, event []byte) (scene, error) {
	w, err := solo.NewWorld(ctx, r.root, r.keys, before)
	if err != nil {
		return scene{}, err
	}
	s := scene{world: w, masks: &masks{known: string(event) + compactJSON(before) + solo.CodeKeyARN, now: time.Now()}}
	for _, secret := range solo.SecretValues() {
		s.masks.add(secret, "<secret>")
	}
	var filled []solo.Filled
	s.event, filled, err = w.Fill(ctx, event)
	for _, f := range filled {
		s.masks.add(f.Value, "<"+f.Kind+">")
	}
	return s, err
}

// run invokes the function cold and warm.
func (r *replayer) run(ctx context.Context, f fleet.Function, before solo.Setup, event []byte, out *outcome, see watcher) error {
	runs, err := r.scenes(ctx, before, event)
	for _, x := range runs {
		if x.world != nil {
			defer x.world.Close()
		}
	}
	if err != nil {
		return err
	}
	st, err := r.stage(f, out.note)
	if err != nil {
		return err
	}
	defer st.Close()
	cold, err := r.invoke(ctx, st, runs[0], f.Trigger.Stream, see)
	if err != nil {
		return err
	}
	warm, err := r.invoke(ctx, st, runs[1], f.Trigger.Stream, watcher{})
	if err != nil {
		return err
	}
	out.answer, out.calls, out.cold, out.start = cold.answer, cold.calls, cold.result.Duration, cold.result.InitDuration
	out.warm = warm.result.Duration
	out.inconsistent = diffLines(prettyJSON(cold.answer), prettyJSON(warm.answer))
	return nil
}

// ran is what came of one invocation.
type ran struct {
	result runtimeapi.Result
	answer any
	calls  []call
}

func (r *replayer) invoke(ctx context.Context, st *solo.Stage, s scene, stream bool, see watcher) (ran, error) {
	w := solo.Watch{}
	if see.call != nil {
		w.Call = func(c solo.Call) { see.call(masked(c, s.masks)) }
	}
	if see.hold != nil {
		w.Hold = func(c solo.Call) time.Duration { return see.hold(masked(c, s.masks)) }
	}
	var sink *streamed
	if stream {
		sink = &streamed{tell: see.piece, began: time.Now()}
		w.Sink = sink
	}
	res, calls, err := st.Invoke(ctx, s.world, s.event, w)
	out := ran{result: res}
	for _, c := range calls {
		out.calls = append(out.calls, masked(c, s.masks))
	}
	if err == nil {
		out.answer = answerOf(s.event, res, sink, s.masks)
	}
	return out, err
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
