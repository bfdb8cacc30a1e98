package account

import "context"

// Resume ends a deletion that has begun, without its caller, and does nothing
// about any other account: one that never began, or is done. It is ErrUnfinished
// when a step failed again.
func (d *Deleter) Resume(ctx context.Context, sub string) error {
	c, begun, err := d.Marks.Find(ctx, sub)
	if err != nil || !begun {
		return err
	}
	_, there, err := d.Pool.Find(ctx, c.Person)
	if err != nil {
		return d.unfinished(ctx, sub, err)
	}
	return d.end(ctx, c, there)
}
