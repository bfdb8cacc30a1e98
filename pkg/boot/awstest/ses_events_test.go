package awstest_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/awstest"
)

// event is what a consumer of SES events reads.
type event struct {
	Type string `json:"eventType"`
	Mail struct {
		MessageID   string              `json:"messageId"`
		Destination []string            `json:"destination"`
		Tags        map[string][]string `json:"tags"`
	} `json:"mail"`
	Bounce *struct {
		Type       string `json:"bounceType"`
		SubType    string `json:"bounceSubType"`
		Recipients []struct {
			Address string `json:"emailAddress"`
		} `json:"bouncedRecipients"`
	} `json:"bounce"`
	Complaint *struct {
		Feedback   string `json:"complaintFeedbackType"`
		Recipients []struct {
			Address string `json:"emailAddress"`
		} `json:"complainedRecipients"`
	} `json:"complaint"`
	Delivery *struct {
		Recipients []string `json:"recipients"`
	} `json:"delivery"`
}

// say is an event in a few words: type, subtype or feedback, recipient.
func (e event) say() string {
	switch {
	case e.Bounce != nil:
		return e.Type + " " + e.Bounce.Type + " " + e.Bounce.SubType + " " + e.Bounce.Recipients[0].Address
	case e.Complaint != nil:
		return e.Type + " " + e.Complaint.Feedback + " " + e.Complaint.Recipients[0].Address
	case e.Delivery != nil:
		return e.Type + " " + e.Delivery.Recipients[0]
	}
	return e.Type
}

// listen subscribes to the events of the set auth and returns what arrived.
func listen(t *testing.T, w world, client *sesv2.Client, kinds ...types.EventType) func() []event {
	t.Helper()
	topic := check(w.SNS.CreateTopic(t.Context(), "ses-events"))(t)
	check(client.CreateConfigurationSetEventDestination(t.Context(), &sesv2.CreateConfigurationSetEventDestinationInput{
		ConfigurationSetName: aws.String("auth"), EventDestinationName: aws.String("sns"),
		EventDestination: &types.EventDestinationDefinition{Enabled: true, MatchingEventTypes: kinds, SnsDestination: &types.SnsDestination{TopicArn: &topic}},
	}))(t)
	var mu sync.Mutex
	var got []event
	check(w.SNS.SubscribeFunc(topic, func(_ context.Context, n awstest.Notification) error {
		var e event
		if err := json.Unmarshal([]byte(n.Message), &e); err != nil {
			t.Errorf("event %s: %v", n.Message, err)
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, e)
		return nil
	}))(t)
	return func() []event {
		w.SNS.Wait()
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

func TestSESPublishesWhatBecomesOfMail(t *testing.T) {
	t.Parallel()
	all := []types.EventType{types.EventTypeSend, types.EventTypeDelivery, types.EventTypeBounce, types.EventTypeComplaint}
	tests := []struct {
		name  string
		kinds []types.EventType
		to    string
		mark  awstest.Outcome
		want  []string
	}{
		{name: "mail arrives", kinds: []types.EventType{types.EventTypeDelivery}, to: "ada@example.com", want: []string{"Delivery ada@example.com"}},
		{name: "the set wants bounces only", kinds: []types.EventType{types.EventTypeBounce}, to: "ada@example.com"},
		{name: "the simulator bounces", kinds: []types.EventType{types.EventTypeBounce}, to: "bounce@simulator.amazonses.com", want: []string{"Bounce Permanent General bounce@simulator.amazonses.com"}},
		{name: "the simulator bounces with a label", kinds: []types.EventType{types.EventTypeBounce}, to: "bounce+1@simulator.amazonses.com", want: []string{"Bounce Permanent General bounce+1@simulator.amazonses.com"}},
		{name: "the simulator complains", kinds: []types.EventType{types.EventTypeComplaint}, to: "complaint@simulator.amazonses.com", want: []string{"Complaint abuse complaint@simulator.amazonses.com"}},
		{name: "the simulator is suppressed", kinds: all[1:], to: "suppressionlist@simulator.amazonses.com", want: []string{"Bounce Permanent OnAccountSuppressionList suppressionlist@simulator.amazonses.com"}},
		{name: "a marked address bounces", kinds: all[1:], to: "Ada@example.com", mark: awstest.Bounced, want: []string{"Bounce Permanent General ada@example.com"}},
		{name: "a marked address is suppressed", kinds: all[1:], to: "ada@example.com", mark: awstest.Suppressed, want: []string{"Bounce Permanent OnAccountSuppressionList ada@example.com"}},
		{name: "the send itself is an event", kinds: all[:1], to: "ada@example.com", want: []string{"Send"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, client := newSES(t)
			events := listen(t, w, client, tt.kinds...)
			w.SES.Mark(tt.to, tt.mark)
			out := check(client.SendEmail(t.Context(), simple(tt.to)))(t)
			var got []string
			for _, e := range events() {
				got = append(got, e.say())
				if e.Mail.MessageID != *out.MessageId || e.Mail.Tags["ses:configuration-set"][0] != "auth" {
					t.Errorf("event's mail = %+v, want id %s of set auth", e.Mail, *out.MessageId)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSESSuppressesAnAddressAfterAHardBounce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, to string
		mark     awstest.Outcome
		want     string // what the second mail becomes
	}{
		{name: "after a bounce", to: "ada@example.com", mark: awstest.Bounced, want: "Bounce Permanent OnAccountSuppressionList ada@example.com"},
		{name: "after a complaint", to: "ada@example.com", mark: awstest.Complained, want: "Bounce Permanent OnAccountSuppressionList ada@example.com"},
		{name: "never at the simulator", to: "bounce@simulator.amazonses.com", want: "Bounce Permanent General bounce@simulator.amazonses.com"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, client := newSES(t)
			events := listen(t, w, client, types.EventTypeBounce)
			w.SES.Mark(tt.to, tt.mark)
			check(client.SendEmail(t.Context(), simple(tt.to)))(t)
			before := len(events())
			check(client.SendEmail(t.Context(), simple(tt.to)))(t)
			got := events()
			if len(got) != before+1 || got[before].say() != tt.want {
				t.Errorf("second mail gave %d events, last %+v, want %q", len(got)-before, got, tt.want)
			}
		})
	}
}

func TestSESEventDestinations(t *testing.T) {
	t.Parallel()
	w, client := newSES(t)
	listen(t, w, client, types.EventTypeBounce)
	got := check(client.GetConfigurationSetEventDestinations(t.Context(), &sesv2.GetConfigurationSetEventDestinationsInput{ConfigurationSetName: aws.String("auth")}))(t).EventDestinations
	if len(got) != 1 || *got[0].Name != "sns" || !got[0].Enabled {
		t.Errorf("GetConfigurationSetEventDestinations = %+v, want sns, enabled", got)
	}
	tests := []struct{ name, set, destination, topic, want string }{
		{name: "the name is taken", set: "auth", destination: "sns", topic: "arn:t", want: "AlreadyExistsException"},
		{name: "no such set", set: "none", destination: "sns", topic: "arn:t", want: "NotFoundException"},
		{name: "no topic", set: "auth", destination: "two", want: "BadRequestException"},
	}
	for _, tt := range tests {
		definition := &types.EventDestinationDefinition{Enabled: true, MatchingEventTypes: []types.EventType{types.EventTypeBounce}}
		if tt.topic != "" {
			definition.SnsDestination = &types.SnsDestination{TopicArn: &tt.topic}
		}
		_, err := client.CreateConfigurationSetEventDestination(t.Context(), &sesv2.CreateConfigurationSetEventDestinationInput{
			ConfigurationSetName: &tt.set, EventDestinationName: &tt.destination, EventDestination: definition,
		})
		if got := codeOf(t, err); got != tt.want {
			t.Errorf("%s: error = %v, want %q", tt.name, err, tt.want)
		}
	}
}
