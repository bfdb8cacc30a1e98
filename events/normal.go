package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// masks replaces what must not be shown, or differs from run to run: secrets,
// codes, tokens, times, fresh ids and addresses of this machine. Every value has
// a name, so that a golden file still says what stood there.
type masks struct {
	pairs []string // value, name, value, name, …
	known string   // text whose ids are the sample's own, and stay
	now   time.Time
}

// add masks a value by its name from now on. Whole values come before those that
// are part of them when they are added first.
func (m *masks) add(value, name string) {
	if value != "" {
		m.pairs = append(m.pairs, value, name)
	}
}

// The forms of values that differ from run to run.
var (
	jwtForm      = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`)
	uuidForm     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	stripeForm   = regexp.MustCompile(`\b(cus|req|evt|sub|cs_test|bps)_[A-Za-z0-9]{14,}`)
	messageForm  = regexp.MustCompile(`\b[0-9a-f]{30,40}-\d{6}\b`)
	randomForm   = regexp.MustCompile(`\b\d{19}_[A-Za-z0-9_-]{6}`) // the idempotency key that stripe-go makes up
	botForm      = regexp.MustCompile(`\bbot_[0-9a-f]{9}([0-9a-f]{20})?\b`)
	hashForm     = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
	paddedForm   = regexp.MustCompile(`\b00\d{13}\b`) // milliseconds, so that they sort as text
	timeForm     = regexp.MustCompile(`\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)
	googleForm   = regexp.MustCompile(`\b(ya29\.|1//0|4/0A)[A-Za-z0-9_-]{20,}`)
	secretForm   = regexp.MustCompile(`[A-Za-z0-9_-]{43,}`) // 256 bits, if no longer
	loopbackForm = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
)

// text returns s with everything masked.
func (m *masks) text(s string) string {
	s = strings.NewReplacer(m.pairs...).Replace(s)
	s = jwtForm.ReplaceAllString(s, "<token>")
	s = loopbackForm.ReplaceAllString(s, "<here>")
	s = timeForm.ReplaceAllStringFunc(s, m.instant)
	s = m.fresh(randomForm, s, "<random>")
	s = paddedForm.ReplaceAllStringFunc(s, func(v string) string { return m.unix(v[2:]) })
	s = m.fresh(uuidForm, s, "<uuid>")
	s = m.fresh(botForm, s, "<bot id>")
	s = m.fresh(messageForm, s, "<message id>")
	s = m.fresh(hashForm, s, "<hash>")
	s = m.fresh(googleForm, s, "<google token>")
	s = secretForm.ReplaceAllStringFunc(s, m.random)
	return stripeForm.ReplaceAllStringFunc(s, func(id string) string {
		if strings.Contains(m.known, id) {
			return id
		}
		return "<" + id[:strings.LastIndex(id, "_")] + ">"
	})
}

// random masks a text of 256 random bits.
func (m *masks) random(v string) string {
	if len(v) != 43 || strings.Contains(m.known, v) {
		return v
	}
	return "<random>"
}

// fresh replaces what has the form and is not in the sample itself.
func (m *masks) fresh(form *regexp.Regexp, s, name string) string {
	return form.ReplaceAllStringFunc(s, func(v string) string {
		if strings.Contains(m.known, v) {
			return v
		}
		return name
	})
}

// instant masks a written time that is about now, and keeps a sample's own.
func (m *masks) instant(s string) string {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || strings.Contains(m.known, s) {
		return s
	}
	return m.moment(t, s)
}

// moment names a time by its distance from now, in whole hours or days, within
// what an expiry can be. Others stay as they are written.
func (m *masks) moment(t time.Time, as string) string {
	d := t.Sub(m.now).Round(time.Hour)
	const day = 24 * time.Hour
	switch {
	case d < -45*day || d > 400*day:
		return as
	case d == 0:
		return "<now>"
	case d%day == 0:
		return fmt.Sprintf("<now%+dd>", d/day)
	}
	return fmt.Sprintf("<now%+dh>", d/time.Hour)
}

// freshFields hold bytes that differ with every encryption.
var freshFields = map[string]string{"CiphertextBlob": "<encrypted>", "aws-crypto-public-key": "<public key>", "Plaintext": "<plaintext>",
	"refresh_token": "<refresh token>", "access_token": "<access token>", ":token": "<access token>"}

// value returns a copy of a decoded JSON value with everything masked. Numbers,
// and texts of digits, that are a Unix time about now become its name.
func (m *masks) value(v any) any {
	switch v := v.(type) {
	case string:
		if v == m.now.UTC().Format("2006-01") {
			return "<month>"
		}
		return m.text(m.unix(v))
	case json.Number:
		if s := m.unix(v.String()); s != v.String() {
			return s
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = m.value(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, x := range v {
			if name, ok := freshFields[key]; ok {
				x = name
			}
			out[m.text(key)] = m.value(x)
		}
		return out
	}
	return v
}

// unix names a Unix time in seconds or milliseconds.
func (m *masks) unix(s string) string {
	n, err := json.Number(s).Int64()
	switch {
	case err != nil || strings.Contains(m.known, s):
		return s
	case len(s) == 10:
		return m.moment(time.Unix(n, 0), s)
	case len(s) == 13:
		return m.moment(time.UnixMilli(n), s)
	}
	return s
}
