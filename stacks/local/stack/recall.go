package stack

import (
	"context"
	"net/http"
	"time"

	"callanalyst/pkg/notetaker/recalltest"
)

// recallHook is where what bots hear goes, if the fleet has a function for it.
const recallHook = "/webhooks/recall"

// openRecall makes the workspace. Its bots set out once the fleet is ready.
func openRecall(s *Stack) (service, error) {
	s.Recall = recalltest.New(recalltest.Config{
		Now: time.Now, Key: s.testValue("recall", "api_key"), Secret: s.testValue("recall", "webhook_secrets"),
		HTTP: &http.Client{Timeout: 10 * time.Second}, BaseURL: s.inner("recall"),
	})
	return service{
		Handler: s.Recall, save: s.Recall.Snapshot, load: s.Recall.Restore,
		run: func(ctx context.Context) {
			if s.routes(recallHook) {
				s.Recall.SetStatusURL(s.inner(edgePort) + recallHook)
			}
			s.Recall.Run(ctx)
		},
	}, nil
}
