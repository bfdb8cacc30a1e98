package stack

import (
	"time"

	"callanalyst/pkg/calendar/googletest"
)

// openGoogle makes a Google where everybody who consents has an account.
func openGoogle(s *Stack) (service, error) {
	s.Google = googletest.New(googletest.Config{
		Now: time.Now, ClientID: s.testValue("google", "client_id"), ClientSecret: s.testValue("google", "client_secret"),
	})
	return service{Handler: s.Google, save: s.Google.Snapshot, load: s.Google.Restore}, nil
}
