package fleet

import "time"

// polling lists the functions that look at connected calendars.
func polling() []Function {
	return []Function{
		{
			Name:        "calendar-poll",
			Does:        "finds the calendars that are due, and has each looked at in its moment, within Google's quota",
			Trigger:     Trigger{Every: 2 * time.Minute},
			Timeout:     2 * time.Minute,
			MemoryMB:    512,
			Concurrency: 1,
			Tables:      []Grant{{"calendar_connections", []string{"Query", "UpdateItem"}}},
			Sends:       []string{"calendars"},
			Settings:    []string{"GOOGLE_LOOKS_PER_DAY", "GOOGLE_LOOKS_PER_MINUTE"},
			Alarms: []Alarm{
				{Metric: "CalendarsBehind", Over: 1000, Within: time.Hour, Statistic: "Sum", Says: "calendars wait for more than ten minutes: the poll fails, or Google's quota is too small"},
			},
		},
		{
			Name:        "calendar-sync",
			Does:        "looks at a user's calendar and has the bots follow it: new, moved, cancelled, declined and skipped meetings",
			Trigger:     Trigger{Queue: "calendars", Batch: 10},
			Timeout:     time.Minute,
			MemoryMB:    512,
			Concurrency: 40,
			Tables: []Grant{
				{"bots", []string{"PutItem", "Query", "UpdateItem"}},
				{"calendar_connections", []string{"GetItem", "UpdateItem"}},
				{"chunks", []string{"BatchGetItem", "GetItem", "UpdateItem"}},
				{"dispatches", []string{"PutItem", "Query", "UpdateItem"}},
				{"entitlements", []string{"BatchGetItem", "GetItem", "UpdateItem"}},
				{"mails", []string{"PutItem", "UpdateItem"}},
				{"profiles", []string{"BatchGetItem", "GetItem"}},
				{"suppressions", []string{"GetItem"}},
			},
			Secrets: []string{"google", "recall"},
			Calls:   []Call{{"kms:Decrypt", CalendarKey}, {"kms:Encrypt", CalendarKey}, {"ses:SendEmail", MailAuth}},
			Settings: []string{
				"CALENDAR_KEY_ARN", "GOOGLE_API_BASE", "GOOGLE_PUSH_URL", "GOOGLE_TOKEN_BASE", "RECALL_API_BASE", "RECALL_WEBHOOK_URL", "TOS_VERSION",
				"SITE_URL", "MAIL_FROM", "MAIL_REPLY_TO", "MAIL_SET_AUTH",
			},
			Alarms: []Alarm{
				{Metric: "CalendarLooksThrottled", Over: 1000, Within: time.Hour, Statistic: "Sum", Says: "Google's quota is used up: calendars are looked at late"},
				{Metric: "CalendarLooksFailed", Over: 5000, Within: time.Hour, Statistic: "Sum", Says: "Google does not answer, or refuses us"},
			},
		},
		{
			Name:     "calendar-push",
			Does:     "takes Google's word that a calendar has changed, and has it looked at, once for a burst",
			Trigger:  Trigger{Method: "POST", Path: "/webhooks/google"},
			Timeout:  10 * time.Second,
			MemoryMB: 256,
			Tables:   []Grant{{"calendar_connections", []string{"GetItem", "UpdateItem"}}},
			Sends:    []string{"calendars"},
		},
	}
}
