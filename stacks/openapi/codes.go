package openapi

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Codes returns the codes of problems that a route answers, by status, and those
// of its stream's error event under the status 200.
func (c *Contract) Codes(method, path string) map[string][]string {
	out := map[string][]string{}
	item := c.doc.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		return out
	}
	for status, response := range item.GetOperation(method).Responses.Map() {
		for kind, media := range response.Value.Content {
			switch kind {
			case "application/problem+json":
				out[status] = enums(media.Schema, "code")
			case "text/event-stream":
				out[status] = enums(c.doc.Components.Schemas["AskError"], "code")
			}
		}
	}
	return out
}

// enums lists the values that a schema, or a part of it, allows a property.
func enums(s *openapi3.SchemaRef, property string) (out []string) {
	if s == nil || s.Value == nil {
		return nil
	}
	if p := s.Value.Properties[property]; p != nil {
		for _, v := range p.Value.Enum {
			if text, ok := v.(string); ok {
				out = append(out, text)
			}
		}
	}
	for _, part := range s.Value.AllOf {
		out = append(out, enums(part, property)...)
	}
	slices.Sort(out)
	return out
}

// Elsewhere returns the codes that people meet and no route answers, each with
// where they meet it.
func (c *Contract) Elsewhere() map[string]string {
	out := map[string]string{}
	list, _ := c.doc.Extensions["x-codes-elsewhere"].([]any)
	for _, row := range list {
		if pair, ok := row.([]any); ok && len(pair) == 2 {
			code, _ := pair[0].(string)
			out[code], _ = pair[1].(string)
		}
	}
	return out
}
