package consent

import (
	"context"
	"time"
)

// patience bounds what a sign-up waits for the record. Cognito gives up on a
// trigger after 5 s and shows its own words; before that we can show ours.
const patience = 3 * time.Second

// Gate stands in front of a sign-up.
type Gate struct {
	Policy Policy
	Waits  interface {
		// Hold keeps the acceptance under the user name until the confirmation.
		Hold(ctx context.Context, username string, a Acceptance) error
	}
}

// Admit lets a sign-up through whose client says that the terms were accepted,
// once that is on record. Its errors are ErrNotAccepted, ErrStale and
// ErrUnavailable. Cognito may ask up to three times at once about one sign-up;
// each gets the same answer, and one record is kept.
func (g Gate) Admit(ctx context.Context, username, clientID string, metadata map[string]string) error {
	a, err := g.Policy.Accept(metadata)
	if err != nil {
		return err
	}
	a.ClientID = clientID
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return g.Waits.Hold(ctx, username, a)
}
