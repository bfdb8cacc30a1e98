package openapi

import (
	"errors"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// event is one server-sent event.
type event struct{ name, data string }

// events holds a stream against the events that its media type names, and
// against the order that the route describes: meta first and once, and nothing
// behind done or error.
func (c *Contract) events(media *openapi3.MediaType, body []byte) error {
	if media == nil {
		return errors.New("the document has no stream")
	}
	named, ok := media.Schema.Value.Extensions["x-events"].(map[string]any)
	if !ok {
		return errors.New("the document names no events (x-events)")
	}
	all, err := parseEvents(string(body))
	if err != nil {
		return err
	}
	if err := inOrder(all); err != nil {
		return err
	}
	for _, e := range all {
		ref, _ := named[e.name].(string)
		if err := c.judge(strings.TrimPrefix(ref, "#/components/schemas/"), []byte(e.data)); err != nil {
			return fmt.Errorf("event %q: %w", e.name, err)
		}
	}
	return nil
}

// parseEvents reads the form that the route describes: one event line, one data
// line, an empty line; comments anywhere between. What stands behind the last
// empty line was cut off.
func parseEvents(stream string) (out []event, err error) {
	blocks := strings.Split(stream, "\n\n")
	for _, block := range blocks[:len(blocks)-1] {
		var e event
		for line := range strings.SplitSeq(block, "\n") {
			switch name, value, _ := strings.Cut(line, ": "); {
			case strings.HasPrefix(line, ":"):
			case name == "event" && e.name == "":
				e.name = value
			case name == "data" && e.name != "" && e.data == "":
				e.data = value
			default:
				return nil, fmt.Errorf("a line of the stream is %q", line)
			}
		}
		if e != (event{}) {
			out = append(out, e)
		}
	}
	return out, nil
}

func inOrder(all []event) error {
	for i, e := range all {
		last := e.name == "done" || e.name == "error"
		if (e.name == "meta") != (i == 0) || last && i != len(all)-1 {
			return fmt.Errorf("event %d of %d is %q", i+1, len(all), e.name)
		}
	}
	return nil
}
