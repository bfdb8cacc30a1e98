package office

import (
	"math/rand/v2"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar/follow"
	"callanalyst/pkg/calendar/poll"
	"callanalyst/pkg/calendar/push"
	"callanalyst/pkg/notetaker/booth"
)

// Poller returns the part that finds the connections which are due.
func (o *Office) Poller() *poll.Poller {
	cfg := o.p.AWS("SQS")
	o.warm = append(o.warm, boot.Endpoint(cfg, "sqs"))
	return &poll.Poller{
		DB: o.db, SQS: sqs.NewFromConfig(cfg), Claims: o.claims(), Queue: o.p.Env.Queue("calendars"),
		Quota: o.count("GOOGLE_LOOKS_PER_DAY", "1000000"),
		Lane:  &poll.Lane{Rate: max(o.count("GOOGLE_LOOKS_PER_MINUTE", "8000")/60, 1)},
		Log:   o.p.Log, Now: o.p.Now,
	}
}

// count reads a setting that is a whole number above zero.
func (o *Office) count(name, def string) int {
	n, err := strconv.Atoi(o.p.Env.Or(name, def))
	if err != nil || n < 1 {
		o.p.Env.Wrong(name, "must be a whole number above zero")
		return 1
	}
	return n
}

func (o *Office) claims() poll.Claims {
	return poll.Claims{DB: o.db, Table: o.p.Env.Table("calendar_connections")}
}

// Follower returns the part that looks at calendars and has the bots follow. It
// ends connections that Google has ended, and needs what Revoker needs.
func (o *Office) Follower() (*follow.Follower, error) {
	ends, err := o.Revoker()
	if err != nil {
		return nil, err
	}
	events := o.events()
	o.warm = append(o.warm, events.Base)
	bots := booth.Open(o.p).Dispatcher()
	f := &follow.Follower{
		Store: o.Store(), Claims: o.claims(), Tokens: o.Tokens(), Events: events,
		Bots: func(name string) follow.Bots {
			d := *bots
			d.BotName = name
			return &d
		},
		Ends: ends, Chance: rand.Float64,
		Log: o.p.Log, Now: o.p.Now,
	}
	if o.p.Env.Or("GOOGLE_PUSH_URL", "") != "" {
		f.Channels = &push.Opener{
			Google: events, Address: o.p.Env.URL("GOOGLE_PUSH_URL", ""), Rand: o.p.Rand, Log: o.p.Log, Now: o.p.Now,
		}
	}
	return f, nil
}

// Bell returns the part that takes Google's word that a calendar has changed.
func (o *Office) Bell() *push.Bell {
	cfg := o.p.AWS("SQS")
	o.warm = append(o.warm, boot.Endpoint(cfg, "sqs"))
	return &push.Bell{Store: o.Store(), SQS: sqs.NewFromConfig(cfg), Queue: o.p.Env.Queue("calendars"), Now: o.p.Now}
}
