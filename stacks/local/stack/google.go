package stack

import (
	"net/http"
	"time"

	"callanalyst/pkg/calendar/googletest"
)

// googleHook is where Google tells of changes, if the fleet has a function for it.
const googleHook = "/webhooks/google"

// openGoogle makes a Google where everybody who consents has an account.
func openGoogle(s *Stack) (service, error) {
	s.Google = googletest.New(googletest.Config{
		Now: time.Now, ClientID: s.testValue("google", "client_id"), ClientSecret: s.testValue("google", "client_secret"),
		HTTP: &http.Client{Timeout: 10 * time.Second}, PlainPush: true,
	})
	return service{Handler: s.Google, save: s.Google.Snapshot, load: s.Google.Restore, run: s.Google.Run}, nil
}
