package fleet

import "time"

// migration lists the functions that bring the old system's users over. They go
// when everybody has come.
func migration() []Function {
	return []Function{
		{
			Name:     "user-migration",
			Does:     "lets a user of the old system in with the old password, and makes them one of the pool",
			Trigger:  Trigger{Cognito: "UserMigration"},
			Timeout:  5 * time.Second,
			MemoryMB: 256,
			Tables:   []Grant{{"legacy_users", []string{"GetItem", "UpdateItem"}}},
			Secrets:  []string{"supabase"},
			Settings: []string{"SUPABASE_URL"},
			Alarms: []Alarm{
				{Metric: "LegacySetup", Over: 0, Within: 5 * time.Minute, Statistic: "Sum", Says: "the old system refuses our key or asks for a captcha: nobody can come over"},
				{Metric: "LegacyBusy", Over: 10, Within: 5 * time.Minute, Statistic: "Sum", Says: "the old system's rate limit holds sign-ins up: raise it there"},
				{Metric: "LegacyUnavailable", Over: 5, Within: 5 * time.Minute, Statistic: "Sum", Says: "the old system does not answer sign-ins"},
			},
		},
		{
			Name:        "entitlement-backfill",
			Does:        "takes the snapshot of the old system's users, and brings over what Stripe says they paid for",
			Trigger:     Trigger{Operator: true},
			Timeout:     5 * time.Minute,
			MemoryMB:    512,
			Concurrency: 1,
			Tables: []Grant{
				{"entitlements", []string{"GetItem", "Query", "UpdateItem"}},
				{"legacy_users", []string{"GetItem", "UpdateItem"}},
			},
			Secrets:  []string{"supabase", "stripe"},
			Settings: []string{"SUPABASE_URL", "STRIPE_API_BASE"},
		},
		{
			Name:        "profile-sync",
			Does:        "gives every user of the pool who has none a profile, made of Cognito's attributes",
			Trigger:     Trigger{Operator: true},
			Timeout:     5 * time.Minute,
			MemoryMB:    512,
			Concurrency: 1,
			Tables: []Grant{
				{"entitlements", []string{"BatchGetItem"}},
				{"profiles", []string{"BatchGetItem", "PutItem"}},
			},
			Calls:    []Call{{"cognito-idp:ListUsers", UserPool}},
			Settings: []string{"USER_POOL_ID"},
		},
	}
}
