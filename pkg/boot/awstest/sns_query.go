package awstest

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
)

// snsNamespace is the XML namespace of SNS's answers.
const snsNamespace = "http://sns.amazonaws.com/doc/2010-03-31/"

// element is one XML element of an answer.
type element struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

// text is an element that holds text.
func text(name, value string) element {
	return element{XMLName: xml.Name{Local: name}, Text: value}
}

// group is an element that holds elements.
func group(name string, children ...element) element {
	return element{XMLName: xml.Name{Local: name}, Children: children}
}

// ServeHTTP speaks SNS's query protocol: a form in, XML out.
func (s *SNS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, refuse("MalformedQueryString", "%v", err))
		return
	}
	action := r.Form.Get("Action")
	op, ok := s.actions()[action]
	if !ok {
		s.refuse(w, refuse("InvalidAction", "The action %s is not valid for this endpoint.", action))
		return
	}
	if err := s.Faults.enter(r.Context(), action); err != nil {
		s.refuse(w, asError(err))
		return
	}
	result, err := op(r.Context(), r.Form)
	if err != nil {
		s.refuse(w, asError(err))
		return
	}
	s.write(w, http.StatusOK, group(action+"Response", group(action+"Result", result...), s.metadata()))
}

// actions lists the operations served.
func (s *SNS) actions() map[string]func(context.Context, url.Values) ([]element, error) {
	return map[string]func(context.Context, url.Values) ([]element, error){
		"CreateTopic": s.queryCreateTopic, "ListTopics": s.queryListTopics, "Publish": s.queryPublish, "Subscribe": s.querySubscribe,
		"DeleteTopic": func(ctx context.Context, f url.Values) ([]element, error) {
			return nil, s.DeleteTopic(ctx, f.Get("TopicArn"))
		},
		"Unsubscribe": func(ctx context.Context, f url.Values) ([]element, error) {
			return nil, s.Unsubscribe(ctx, f.Get("SubscriptionArn"))
		},
	}
}

func (s *SNS) queryCreateTopic(ctx context.Context, f url.Values) ([]element, error) {
	arn, err := s.CreateTopic(ctx, f.Get("Name"))
	return []element{text("TopicArn", arn)}, err
}

func (s *SNS) queryListTopics(context.Context, url.Values) ([]element, error) {
	list := group("Topics")
	for _, arn := range s.Topics() {
		list.Children = append(list.Children, group("member", text("TopicArn", arn)))
	}
	return []element{list}, nil
}

func (s *SNS) queryPublish(ctx context.Context, f url.Values) ([]element, error) {
	if f.Get("MessageStructure") != "" {
		return nil, refuse("InvalidParameter", "Invalid parameter: MessageStructure is not served here")
	}
	arn := f.Get("TopicArn")
	if arn == "" {
		arn = f.Get("TargetArn")
	}
	id, err := s.PublishMessage(ctx, PublishInput{TopicARN: arn, Subject: f.Get("Subject"), Message: f.Get("Message"), Attributes: queryAttributes(f)})
	return []element{text("MessageId", id)}, err
}

// queryAttributes reads MessageAttributes.entry.N.… of a form.
func queryAttributes(f url.Values) map[string]MessageAttribute {
	out := map[string]MessageAttribute{}
	for i := 1; ; i++ {
		prefix := "MessageAttributes.entry." + strconv.Itoa(i) + "."
		name := f.Get(prefix + "Name")
		if name == "" {
			return out
		}
		binary, _ := base64.StdEncoding.DecodeString(f.Get(prefix + "Value.BinaryValue"))
		out[name] = MessageAttribute{f.Get(prefix + "Value.DataType"), f.Get(prefix + "Value.StringValue"), binary}
	}
}

func (s *SNS) querySubscribe(ctx context.Context, f url.Values) ([]element, error) {
	raw := false
	for i := 1; f.Get("Attributes.entry."+strconv.Itoa(i)+".key") != ""; i++ {
		entry := "Attributes.entry." + strconv.Itoa(i)
		raw = raw || f.Get(entry+".key") == "RawMessageDelivery" && f.Get(entry+".value") == "true"
	}
	arn, err := s.Subscribe(ctx, f.Get("TopicArn"), f.Get("Protocol"), f.Get("Endpoint"), raw)
	return []element{text("SubscriptionArn", arn)}, err
}

// metadata is the part of every answer with the request's id.
func (s *SNS) metadata() element {
	id, _ := s.cfg.uuid() // an answer without an id is still an answer
	return group("ResponseMetadata", text("RequestId", id))
}

// refuse writes an error as SNS does.
func (s *SNS) refuse(w http.ResponseWriter, e *Error) {
	side := "Sender"
	if e.status() >= http.StatusInternalServerError {
		side = "Receiver"
	}
	s.write(w, e.status(), group("ErrorResponse", group("Error", text("Type", side), text("Code", e.Code), text("Message", e.Message)), s.metadata()))
}

// write sends an XML document in SNS's namespace.
func (s *SNS) write(w http.ResponseWriter, status int, doc element) {
	doc.XMLName.Space = snsNamespace
	body, err := xml.Marshal(doc)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // XML for SDKs, escaped by its encoder; a client that has left need not be told
}
