package fleet

import "time"

// calendars lists the functions of connected calendars.
func calendars() []Function {
	caller := []string{"USER_POOL_ID", "USER_POOL_CLIENT_ID", "JWKS", "JWKS_URL"}
	outgoing := []string{"RECALL_API_BASE", "RECALL_WEBHOOK_URL", "TOS_VERSION"}
	return []Function{
		{
			Name:     "calendar-oauth-start",
			Does:     "answers where the caller lets us see a Google calendar, and ties the attempt to this browser",
			Trigger:  Trigger{Method: "GET", Path: "/api/calendar/oauth-start"},
			Timeout:  10 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"entitlements", []string{"GetItem"}},
				{"oauth_states", []string{"PutItem"}},
			},
			Secrets:  []string{"google"},
			Settings: append([]string{"GOOGLE_AUTH_BASE", "SITE_URL", "TOS_VERSION"}, caller...),
		},
		{
			Name:     "calendar-oauth-callback",
			Does:     "takes browsers back from Google, once each, and keeps the grant under KMS",
			Trigger:  Trigger{Method: "GET", Path: "/api/calendar/oauth-callback"},
			Timeout:  25 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"calendar_connections", []string{"DeleteItem", "GetItem", "PutItem"}},
				{"entitlements", []string{"GetItem"}},
				{"oauth_states", []string{"DeleteItem"}},
			},
			Secrets:  []string{"google"},
			Calls:    []Call{{"kms:Encrypt", CalendarKey}, {"kms:Decrypt", CalendarKey}},
			Settings: []string{"CALENDAR_KEY_ARN", "GOOGLE_AUTH_BASE", "GOOGLE_TOKEN_BASE", "SITE_URL", "TOS_VERSION"},
			Alarms: []Alarm{
				{Metric: "GoogleClientRefused", Over: 0, Within: time.Hour, Statistic: "Sum", Says: "Google does not accept our credentials: nobody can connect, and no calendar is read"},
			},
		},
		{
			Name:     "calendar-status",
			Does:     "answers the caller's connection and the meetings to come, each with its bot",
			Trigger:  Trigger{Method: "GET", Path: "/api/calendar"},
			Timeout:  10 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"calendar_connections", []string{"GetItem"}},
				{"entitlements", []string{"GetItem"}},
			},
			Settings: append([]string{"TOS_VERSION"}, caller...),
		},
		{
			Name:     "calendar-settings",
			Does:     "changes which meetings the notetaker joins by itself, skips single ones, and names the bot",
			Trigger:  Trigger{Method: "PATCH", Path: "/api/calendar"},
			Timeout:  25 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"bots", []string{"BatchGetItem", "PutItem", "Query", "UpdateItem"}},
				{"calendar_connections", []string{"GetItem", "UpdateItem"}},
				{"chunks", []string{"BatchGetItem", "GetItem", "UpdateItem"}},
				{"dispatches", []string{"PutItem", "Query", "UpdateItem"}},
				{"entitlements", []string{"GetItem"}},
			},
			Secrets:  []string{"recall"},
			Settings: append(outgoing, caller...),
		},
		{
			Name:     "calendar-disconnect",
			Does:     "gives the access back to Google, calls the bots off that followed from it, and forgets the calendar",
			Trigger:  Trigger{Method: "DELETE", Path: "/api/calendar"},
			Timeout:  25 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"bots", []string{"BatchGetItem", "PutItem", "Query", "UpdateItem"}},
				{"calendar_connections", []string{"DeleteItem", "GetItem", "UpdateItem"}},
				{"chunks", []string{"BatchGetItem", "GetItem", "UpdateItem"}},
				{"dispatches", []string{"PutItem", "Query", "UpdateItem"}},
				{"entitlements", []string{"GetItem"}},
			},
			Secrets:  []string{"recall"},
			Calls:    []Call{{"kms:Decrypt", CalendarKey}},
			Settings: append(append([]string{"CALENDAR_KEY_ARN", "GOOGLE_API_BASE", "GOOGLE_TOKEN_BASE"}, outgoing...), caller...),
		},
	}
}
