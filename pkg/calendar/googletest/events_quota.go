package googletest

import (
	"context"
	"time"
)

// Quota is what a project may ask of the events API. Zero is without a limit.
type Quota struct {
	PerMinute     int           // of everybody together; Google's own is 10,000
	PerUserMinute int           // of one user; Google's own is 600
	PerDay        int           // Google bills above a million
	Channels      int           // of one user at once
	Latency       time.Duration // of every answer
}

// meter counts looks. Its windows slide by the calendars' clock.
type meter struct {
	quota Quota
	all   []time.Time
	users map[string][]time.Time
	day   string
	today int
	total map[string]int
}

// Limit sets the quota.
func (c *Calendars) Limit(q Quota) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.meter.quota = q
}

func (c *Calendars) limit() Quota {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.meter.quota
}

// Looks is how often the calendar of email was asked for, refusals by quota not
// counted; of everybody's with "".
func (c *Calendars) Looks(email string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.meter.total[email]
}

// spend takes a look out of the quota, or says with which reason there is none.
func (c *Calendars) spend(email string) (reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, now := &c.meter, c.now()
	if m.users == nil {
		m.users, m.total = map[string][]time.Time{}, map[string]int{}
	}
	if d := now.UTC().Format(time.DateOnly); d != m.day {
		m.day, m.today = d, 0
	}
	m.all, m.users[email] = lastMinute(m.all, now), lastMinute(m.users[email], now)
	switch {
	case over(m.today, m.quota.PerDay):
		return "dailyLimitExceeded"
	case over(len(m.users[email]), m.quota.PerUserMinute):
		return "userRateLimitExceeded"
	case over(len(m.all), m.quota.PerMinute):
		return "rateLimitExceeded"
	}
	m.all, m.users[email] = append(m.all, now), append(m.users[email], now)
	m.today++
	m.total[email]++
	m.total[""]++
	return ""
}

func over(n, most int) bool { return most > 0 && n >= most }

func lastMinute(all []time.Time, now time.Time) []time.Time {
	for len(all) > 0 && now.Sub(all[0]) >= time.Minute {
		all = all[1:]
	}
	return all
}

// wait lets an answer take its time. It reports false when nobody waits any more.
func (c *Calendars) wait(ctx context.Context) bool {
	d := c.limit().Latency
	if d == 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
