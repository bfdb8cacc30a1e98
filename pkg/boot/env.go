package boot

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// ErrConfiguration reports that the environment lacks something or holds
// something malformed. Its text names each setting.
var ErrConfiguration = errors.New("configuration")

// Env reads settings and remembers what was wrong with them, so that one error
// can name everything. The zero value with a Lookup is ready to use.
type Env struct {
	Lookup func(name string) (string, bool)

	missing, wrong []string
}

// Need returns the setting, which must be there and not empty.
func (e *Env) Need(name string) string {
	v := e.Or(name, "")
	if v == "" && !slices.Contains(e.missing, name) {
		e.missing = append(e.missing, name)
	}
	return v
}

// Or returns the setting, or def when it is absent or empty.
func (e *Env) Or(name, def string) string {
	if v, ok := e.Lookup(name); ok && strings.TrimSpace(v) != "" {
		return strings.TrimSpace(v)
	}
	return def
}

// List returns the comma-separated setting's items, or those of def.
func (e *Env) List(name, def string) []string {
	var items []string
	for item := range strings.SplitSeq(e.Or(name, def), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// URL returns the setting without a trailing slash. It must be an absolute http
// or https address.
func (e *Env) URL(name, def string) string {
	v := strings.TrimRight(e.Or(name, def), "/")
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		e.Wrong(name, "must be an absolute http or https address")
	}
	return v
}

// Table returns the real name of the fleet's table, from TABLE_<NAME>.
func (e *Env) Table(name string) string { return e.Need("TABLE_" + Upper(name)) }

// Queue returns the URL of the fleet's queue, from QUEUE_<NAME>.
func (e *Env) Queue(name string) string { return e.Need("QUEUE_" + Upper(name)) }

// Secret returns the name or ARN of the fleet's secret, from SECRET_<NAME>.
func (e *Env) Secret(name string) string { return e.Need("SECRET_" + Upper(name)) }

// Wrong records that the setting is there but cannot be used, and why. The
// reason must not repeat the value: it may be a secret.
func (e *Env) Wrong(name, why string) {
	e.wrong = append(e.wrong, name+" "+why)
}

// Err returns nil, or one ErrConfiguration that names all that Need missed and
// all that Wrong was told.
func (e *Env) Err() error {
	var parts []string
	if len(e.missing) > 0 {
		parts = append(parts, "not set: "+strings.Join(e.missing, ", "))
	}
	parts = append(parts, e.wrong...)
	if len(parts) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrConfiguration, strings.Join(parts, "; "))
}

// Upper turns a name of the manifest into the tail of a setting's name:
// stripe_events and ses-events become STRIPE_EVENTS and SES_EVENTS.
func Upper(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}
