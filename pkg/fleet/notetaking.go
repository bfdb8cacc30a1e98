package fleet

import "time"

// notetaking lists the functions of bots and transcripts.
func notetaking() []Function {
	caller := []string{"USER_POOL_ID", "USER_POOL_CLIENT_ID", "JWKS", "JWKS_URL"}
	outgoing := []string{"RECALL_API_BASE", "RECALL_WEBHOOK_URL", "TOS_VERSION"}
	return []Function{
		{
			Name:     "recall-bot",
			Does:     "sends a bot into a meeting, now or at its time; one for a room and a time, however often it is asked",
			Trigger:  Trigger{Method: "POST", Path: "/api/recall/bot"},
			Timeout:  25 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"bots", []string{"PutItem", "Query", "UpdateItem"}},
				{"chunks", []string{"BatchGetItem", "GetItem", "UpdateItem"}},
				{"dispatches", []string{"GetItem", "PutItem", "Query", "UpdateItem"}},
				{"entitlements", []string{"GetItem", "UpdateItem"}},
			},
			Secrets:  []string{"recall"},
			Settings: append(outgoing, caller...),
		},
		{
			Name:     "recall-bots",
			Does:     "lists the caller's bots, and where each is, in words",
			Trigger:  Trigger{Method: "GET", Path: "/api/recall/bots"},
			Timeout:  10 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"bots", []string{"Query"}},
				{"chunks", []string{"BatchGetItem"}},
				{"entitlements", []string{"BatchGetItem"}},
			},
			Settings: append([]string{"TOS_VERSION"}, caller...),
		},
		{
			Name:     "recall-leave",
			Does:     "takes the caller's bot out of its meeting, for good",
			Trigger:  Trigger{Method: "DELETE", Path: "/api/recall/bot/{bot_id}"},
			Timeout:  25 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"bots", []string{"BatchGetItem", "PutItem", "UpdateItem"}},
				{"chunks", []string{"BatchGetItem", "GetItem", "UpdateItem"}},
				{"dispatches", []string{"PutItem", "Query", "UpdateItem"}},
				{"entitlements", []string{"GetItem"}},
			},
			Secrets:  []string{"recall"},
			Settings: append(outgoing, caller...),
		},
		{
			Name:     "recall-webhook",
			Does:     "takes what bots hear and where they are, once each and in one order, and books their time",
			Trigger:  Trigger{Method: "POST", Path: "/webhooks/recall"},
			Timeout:  14 * time.Second, // Recall waits for 15
			MemoryMB: 256,
			Tables: []Grant{
				{"bots", []string{"PutItem", "Query", "UpdateItem"}},
				{"chunks", []string{"GetItem", "PutItem", "Query", "UpdateItem"}},
				{"dispatches", []string{"PutItem", "Query", "UpdateItem"}},
				{"entitlements", []string{"GetItem", "UpdateItem"}},
			},
			Secrets:  []string{"recall"},
			Settings: outgoing,
			Alarms: []Alarm{
				{Metric: "RecallEventsUnreadable", Over: 0, Within: time.Hour, Statistic: "Sum", Says: "Recall sends events in a form that we do not know: notes get lost"},
				{Metric: "RecallEventsUnknownBot", Over: 10, Within: time.Hour, Statistic: "Sum", Says: "bots send events that were not ordered here"},
				{Metric: "RecallChunksRepaired", Over: 100, Within: time.Hour, Statistic: "Sum", Says: "the live path loses utterances: webhooks fail"},
			},
		},
		{
			Name:     "recall-chunks",
			Does:     "answers what was said in the caller's call since the last answer, nothing missing and nothing twice",
			Trigger:  Trigger{Method: "GET", Path: "/api/recall/chunks"},
			Timeout:  10 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"bots", []string{"BatchGetItem"}},
				{"chunks", []string{"BatchGetItem", "Query"}},
				{"entitlements", []string{"BatchGetItem"}},
			},
			Settings: append([]string{"TOS_VERSION"}, caller...),
		},
	}
}
