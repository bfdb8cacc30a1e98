package stack

import (
	"context"
	"time"

	"callanalyst/stacks/local/runtimeapi"
)

// lookEvery is how often sources are looked at.
const lookEvery = 300 * time.Millisecond

// watch rebuilds functions whose sources change, until the fleet stops.
func (s *Stack) watch() {
	var targets []runtimeapi.Target
	for _, f := range s.plan.Functions {
		targets = append(targets, runtimeapi.Target{Function: f.Name, BuildID: func() (string, error) { return s.builder.Changed(f.Name) }})
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	w := &runtimeapi.Watcher{Targets: targets, Tick: tick.C, Build: s.rebuild, Swap: s.Host.Swap, Report: s.rebuilt}
	w.Run(s.ctx)
}

// rebuild compiles one function. Its imports may have changed, so that its
// sources are listed anew first.
func (s *Stack) rebuild(ctx context.Context, function string) (string, error) {
	if err := s.builder.Relist(ctx, s.plan.names()); err != nil {
		return "", err
	}
	return s.builder.Build(ctx, function)
}

func (s *Stack) rebuilt(r runtimeapi.Rebuild) {
	s.recorder.Rebuilt(time.Now(), r)
	note := "in service"
	if r.Err != nil {
		note = "the old binary stays in service"
	}
	s.plan.Tell(Step{Name: "rebuild " + r.Function, Note: note, Took: r.Took, Err: r.Err})
}
