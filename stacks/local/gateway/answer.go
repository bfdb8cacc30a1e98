package gateway

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// answer is what a function wants sent.
type answer struct {
	status int
	header http.Header
	body   string
	base64 bool
}

// decodeAnswer reads a buffered answer. Every field may be absent, and none
// may be there that API Gateway does not know: that alone makes an error
// object, or a struct without JSON tags, a malformed answer.
func decodeAnswer(payload []byte) (answer, bool) {
	fields, ok := object(payload, "statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded")
	if !ok {
		return answer{}, false
	}
	a, ok := decodeHead(fields)
	if !ok || !optional(fields["body"], &a.body) || !optional(fields["isBase64Encoded"], &a.base64) {
		return answer{}, false
	}
	return a, true
}

// decodePrelude reads the head of a streamed answer.
func decodePrelude(prelude []byte) (answer, bool) {
	fields, ok := object(prelude, "statusCode", "headers", "multiValueHeaders", "cookies")
	if !ok {
		return answer{}, false
	}
	a, ok := decodeHead(fields)
	var cookies []string
	if !ok || !optional(fields["cookies"], &cookies) {
		return answer{}, false
	}
	for _, c := range cookies {
		a.header.Add("Set-Cookie", c)
	}
	return a, true
}

// object decodes a JSON object with no other fields than the known ones,
// which are told apart by case.
func object(payload []byte, known ...string) (map[string]json.RawMessage, bool) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(payload, &fields); err != nil || fields == nil {
		return nil, false
	}
	for name := range fields {
		if !slices.Contains(known, name) {
			return nil, false
		}
	}
	return fields, true
}

// optional decodes a field into v, if it is there and not null.
func optional(raw json.RawMessage, v any) bool {
	return len(raw) == 0 || json.Unmarshal(raw, v) == nil
}

func decodeHead(fields map[string]json.RawMessage) (answer, bool) {
	status, ok := decodeStatus(fields["statusCode"])
	if !ok {
		return answer{}, false
	}
	var single map[string]any
	var multi map[string][]any
	if !optional(fields["headers"], &single) || !optional(fields["multiValueHeaders"], &multi) {
		return answer{}, false
	}
	header, ok := mergeHeaders(single, multi)
	return answer{status: status, header: header}, ok
}

// decodeStatus accepts a number or a string of digits; absent is 200.
func decodeStatus(raw json.RawMessage) (int, bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return http.StatusOK, true
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	status, err := strconv.Atoi(text)
	return status, err == nil && status >= 200 && status <= 599
}

// mergeHeaders joins both maps. A pair that is in both is sent once.
func mergeHeaders(single map[string]any, multi map[string][]any) (http.Header, bool) {
	out := http.Header{}
	for name, values := range multi {
		for _, v := range values {
			if !addHeader(out, name, v, false) {
				return nil, false
			}
		}
	}
	for name, v := range single {
		if !addHeader(out, name, v, true) {
			return nil, false
		}
	}
	return out, true
}

// addHeader adds a value: a string or a boolean, as API Gateway allows.
func addHeader(h http.Header, name string, value any, once bool) bool {
	var text string
	switch v := value.(type) {
	case string:
		text = v
	case bool:
		text = strconv.FormatBool(v)
	default:
		return false
	}
	name = remap(http.CanonicalHeaderKey(name))
	if name == "" || once && slices.Contains(h[name], text) {
		return true
	}
	h[name] = append(h[name], text)
	return true
}

// remap renames the headers that API Gateway keeps for itself, and drops one.
func remap(name string) string {
	switch name {
	case "Transfer-Encoding":
		return ""
	case "Connection", "Content-Length", "Date", "Server", "Www-Authenticate":
		return "X-Amzn-Remapped-" + name
	}
	return name
}

// bytes is the body as the client gets it. Base64 is decoded only for a client
// that asks for a binary type.
func (a answer) bytes(binary bool) ([]byte, bool) {
	if !a.base64 || !binary {
		return []byte(a.body), true
	}
	b, err := base64.StdEncoding.DecodeString(a.body)
	return b, err == nil
}
