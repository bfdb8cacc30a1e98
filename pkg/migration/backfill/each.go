package backfill

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// abreast is how many users of a page are worked on at once.
const abreast = 16

// each works on every item of a page, some at once, and returns the outcomes in
// the items' order. The first error ends the page.
func each[T any](ctx context.Context, items []T, do func(context.Context, T) (Outcome, error)) ([]Outcome, error) {
	out := make([]Outcome, len(items))
	g, work := errgroup.WithContext(ctx)
	g.SetLimit(abreast)
	for i, item := range items {
		if work.Err() != nil {
			break
		}
		g.Go(func() (err error) {
			out[i], err = do(work, item)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, ctx.Err() // a page that was cut short is not done
}
