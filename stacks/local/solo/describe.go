package solo

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"

	"callanalyst/pkg/boot/awstest"
)

// describeAWS says which operation of which AWS service a request is, and with
// which parameters.
func describeAWS(r *http.Request, body []byte) (Call, bool) {
	service := awstest.ServiceOf(r)
	if service == "" {
		return Call{}, false // a connection that is opened ahead
	}
	c := Call{Service: service, With: decoded(body)}
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		c.Operation = operation
	} else {
		c.Operation = r.Method + " " + r.URL.Path
	}
	switch service {
	case "dynamodb":
		c.With = plainRows(c.With)
	case "ses":
		c.Operation, c.With = describeMail(r, c)
	case "sqs":
		c.With = describeMessage(c.With)
	}
	return without(c), true
}

// describeStripe says which of Stripe's resources a request is for. Parameters
// are the form; the idempotency key is one of them.
func describeStripe(r *http.Request, body []byte) (Call, bool) {
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		return Call{}, false // a connection that is opened ahead
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != http.MethodPost {
		form = r.URL.Query()
	}
	with := map[string]any{}
	for k, v := range form {
		with[k] = strings.Join(v, ", ")
	}
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		with["Idempotency-Key"] = key
	}
	return Call{Service: "stripe", Operation: r.Method + " " + r.URL.Path, With: with}, true
}

// describeMail names SES's operation by its path, and shortens a mail to what a
// person sees of it. The HTML part says what the text says.
func describeMail(r *http.Request, c Call) (string, any) {
	if r.Method != http.MethodPost || path.Base(r.URL.Path) != "outbound-emails" {
		return c.Operation, c.With
	}
	var mail struct {
		FromEmailAddress     string
		ReplyToAddresses     []string
		ConfigurationSetName string
		Destination          struct{ ToAddresses []string }
		Content              struct {
			Simple struct {
				Subject struct{ Data string }
				Body    struct {
					Text, HTML struct{ Data string }
				}
				Headers []struct{ Name, Value string }
			}
		}
		EmailTags []struct{ Name, Value string }
	}
	text, _ := json.Marshal(c.With)
	if err := json.Unmarshal(text, &mail); err != nil {
		return "SendEmail", c.With
	}
	with := map[string]any{
		"from": mail.FromEmailAddress, "to": anyList(mail.Destination.ToAddresses), "reply_to": anyList(mail.ReplyToAddresses),
		"set": mail.ConfigurationSetName, "subject": mail.Content.Simple.Subject.Data,
		"text": anyList(strings.Split(strings.TrimSpace(mail.Content.Simple.Body.Text.Data), "\n")),
		"html": mail.Content.Simple.Body.HTML.Data != "",
	}
	for _, h := range mail.Content.Simple.Headers {
		with["header "+h.Name] = h.Value
	}
	for _, t := range mail.EmailTags {
		with["tag "+t.Name] = t.Value
	}
	return "SendEmail", with
}

// describeMessage shows a queued message's body as the JSON that it is, and each
// of a batch.
func describeMessage(v any) any {
	with, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if address, ok := with["QueueUrl"].(string); ok {
		with["QueueUrl"] = path.Base(address)
	}
	if body, ok := with["MessageBody"].(string); ok {
		if inner := decoded([]byte(body)); inner != nil {
			with["MessageBody"] = inner
		}
	}
	if batch, ok := with["Entries"].([]any); ok {
		for i := range batch {
			batch[i] = describeMessage(batch[i])
		}
	}
	return with
}

// noise are parameters that say nothing of what a call does.
var noise = map[string]bool{"ReturnConsumedCapacity": true, "ReturnItemCollectionMetrics": true, "EncryptionAlgorithm": true}

func without(c Call) Call {
	if with, ok := c.With.(map[string]any); ok {
		for k := range noise {
			delete(with, k)
		}
	}
	return c
}

// decoded returns a JSON text's value with its numbers as written, or nil.
func decoded(text []byte) any {
	var v any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil
	}
	return v
}

func anyList(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
