package mail_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/mail/suppress"
)

// want fails the test unless the outcome, error and number of mails are these.
func (w *world) want(t *testing.T, what string, e mail.Envelope, outcome mail.Outcome, fails error, mails int) {
	t.Helper()
	got, err := w.deliver(t.Context(), e)
	if got != outcome || !errors.Is(err, fails) || (fails == nil && err != nil) {
		t.Errorf("%s: Deliver = %q, %v, want %q, %v", what, got, err, outcome, fails)
	}
	if n := len(w.ses.Messages()); n != mails {
		t.Errorf("%s: %d mails in all, want %d", what, n, mails)
	}
}

func TestThreeRunsSendOneMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	outcomes := make([]mail.Outcome, 3)
	errs := make([]error, 3)
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() { outcomes[i], errs[i] = w.deliver(t.Context(), envelope(mail.Auth)) })
	}
	wg.Wait()
	sent := 0
	for i := range 3 {
		switch {
		case outcomes[i] == mail.Sent && errs[i] == nil:
			sent++
		case outcomes[i] == mail.Duplicate && errs[i] == nil:
		case errors.Is(errs[i], mail.ErrInFlight):
		default:
			t.Errorf("run %d = %q, %v, want sent, duplicate or ErrInFlight", i, outcomes[i], errs[i])
		}
	}
	if n := len(w.ses.Messages()); sent != 1 || n != 1 {
		t.Errorf("%d runs sent %d mails, want one and one", sent, n)
	}
	w.want(t, "a fourth run", envelope(mail.Auth), mail.Duplicate, nil, 1)
}

func TestARowSaysWhatBecameOfTheMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(t, "first run", envelope(mail.Auth), mail.Sent, nil, 1)
	row := w.row(t, "code#1")
	state, _ := row["state"].(*types.AttributeValueMemberS)
	id, _ := row["message_id"].(*types.AttributeValueMemberS)
	ttl, _ := row["ttl"].(*types.AttributeValueMemberN)
	if state == nil || state.Value != "sent" || id == nil || id.Value != w.ses.Messages()[0].ID || ttl == nil || ttl.Value != "1780318800" {
		t.Errorf("row = %v, want state sent, SES's id, ttl in an hour", row)
	}
	for name, value := range row {
		if s, ok := value.(*types.AttributeValueMemberS); ok && strings.Contains(s.Value, "@") {
			t.Errorf("row holds an address in %s", name)
		}
	}
}

// crash is a sender whose process ends before it has sent.
type crash struct{}

func (crash) Send(context.Context, mail.Message) (string, error) {
	runtime.Goexit()
	return "", nil
}

func TestARunThatDiesLetsTheNextOneSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.outbox.Sender = crash{}
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = w.deliver(t.Context(), envelope(mail.Auth)) })
	wg.Wait()
	w.outbox.Sender = w.sender

	w.want(t, "while the dead run's lease holds", envelope(mail.Auth), "", mail.ErrInFlight, 0)
	w.clock.Add(45*time.Second - time.Millisecond)
	w.want(t, "just before it ends", envelope(mail.Auth), "", mail.ErrInFlight, 0)
	w.clock.Add(time.Millisecond)
	w.want(t, "when it ends", envelope(mail.Auth), mail.Sent, nil, 1)
	w.want(t, "afterwards", envelope(mail.Auth), mail.Duplicate, nil, 1)
}

func TestAFailureLetsTheNextRunSendAtOnce(t *testing.T) {
	t.Parallel()
	errWrite := errors.New("cannot write the mail")
	tests := []struct {
		name string
		run  func(*testing.T, *world) error // the first, which fails
		want error
	}{
		{name: "SES throttles", want: mail.ErrUnavailable, run: func(t *testing.T, w *world) error {
			w.ses.Faults.Fail("SendEmail", 1, &awstest.Error{Code: "TooManyRequestsException", Status: 429})
			_, err := w.deliver(t.Context(), envelope(mail.Auth))
			return err
		}},
		{name: "the mail cannot be written", want: errWrite, run: func(t *testing.T, w *world) error {
			_, err := w.outbox.Deliver(t.Context(), envelope(mail.Auth), func(context.Context) (mail.Page, string, error) {
				return mail.Page{}, "", errWrite
			})
			return err
		}},
		{name: "the run's time is over while SES works", want: context.Canceled, run: func(t *testing.T, w *world) error {
			ctx, cancel := context.WithCancel(t.Context())
			w.outbox.Sender = senderFunc(func(context.Context, mail.Message) (string, error) {
				cancel()
				return "", ctx.Err()
			})
			_, err := w.deliver(ctx, envelope(mail.Auth))
			w.outbox.Sender = w.sender
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := tt.run(t, w); !errors.Is(err, tt.want) {
				t.Fatalf("first run: error = %v, want %v", err, tt.want)
			}
			w.want(t, "the next run", envelope(mail.Auth), mail.Sent, nil, 1)
		})
	}
}

// senderFunc is a sender made of a function.
type senderFunc func(context.Context, mail.Message) (string, error)

func (f senderFunc) Send(ctx context.Context, m mail.Message) (string, error) { return f(ctx, m) }

func TestAMailIsNotSentTwiceBecauseItCannotBeMarked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.db.breakOn(nil, errDown, nil)
	w.want(t, "the table takes no marks", envelope(mail.Auth), mail.Sent, nil, 1)
	if !strings.Contains(w.log.String(), "MAIL_UNMARKED") {
		t.Errorf("the log does not tell that the mail is not marked:\n%s", w.log)
	}
}

func TestNothingIsSentWithoutAClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.db.breakOn(errDown, nil, nil)
	w.want(t, "the table is down", envelope(mail.Auth), "", errDown, 0)
	w.db.breakOn(nil, nil, nil)
	w.want(t, "the table is back", envelope(mail.Auth), mail.Sent, nil, 1)
}

// TestASlowRunDoesNotUndoTheNextOne has a first run that sleeps past its lease
// while it sends, and a second one that takes over meanwhile.
func TestASlowRunDoesNotUndoTheNextOne(t *testing.T) {
	t.Parallel()
	sends := func(id string, err error) senderFunc {
		return func(context.Context, mail.Message) (string, error) { return id, err }
	}
	tests := []struct {
		name   string
		second mail.Outcome
		first  senderFunc // how the first run ends
		third  mail.Outcome
		fails  error
		mark   string // in the row, at the end
	}{
		{name: "the first fails when the second has sent", second: mail.Sent, first: sends("", mail.ErrUnavailable), third: mail.Duplicate, mark: "second"},
		{name: "the first succeeds when the second has sent", second: mail.Sent, first: sends("first", nil), third: mail.Duplicate, mark: "second"},
		{name: "the first fails while the second sends", first: sends("", mail.ErrUnavailable), fails: mail.ErrInFlight},
		{name: "the first succeeds while the second sends", first: sends("first", nil), fails: mail.ErrInFlight},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.outbox.Sender = senderFunc(func(ctx context.Context, m mail.Message) (string, error) {
				w.clock.Add(time.Minute)
				w.takeOver(t, tt.second)
				return tt.first(ctx, m)
			})
			_, _ = w.deliver(t.Context(), envelope(mail.Auth))
			w.outbox.Sender = sends("third", nil)
			got, err := w.deliver(t.Context(), envelope(mail.Auth))
			if got != tt.third || !errors.Is(err, tt.fails) {
				t.Errorf("third run = %q, %v, want %q, %v", got, err, tt.third, tt.fails)
			}
			mark, _ := w.row(t, "code#1")["message_id"].(*types.AttributeValueMemberS)
			if tt.mark != "" && (mark == nil || mark.Value != tt.mark) {
				t.Errorf("row is marked %v, want %q", mark, tt.mark)
			}
		})
	}
}

// takeOver is a run that sends the mail, or dies on the way if it is not to.
func (w *world) takeOver(t *testing.T, outcome mail.Outcome) {
	t.Helper()
	second := *w.outbox
	second.Sender = crash{}
	if outcome == mail.Sent {
		second.Sender = senderFunc(func(context.Context, mail.Message) (string, error) { return "second", nil })
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if got, err := second.Deliver(t.Context(), envelope(mail.Auth), page); got != outcome || err != nil {
			t.Errorf("second run = %q, %v, want %q", got, err, outcome)
		}
	})
	wg.Wait()
}

func TestTheSameIDIsSentAgainWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(t, "first", envelope(mail.Auth), mail.Sent, nil, 1)
	w.clock.Add(time.Hour - time.Second)
	w.want(t, "within the hour", envelope(mail.Auth), mail.Duplicate, nil, 1)
	w.clock.Add(time.Second)
	w.want(t, "after the hour", envelope(mail.Auth), mail.Sent, nil, 2)
}

func TestSuppressedAddressesGetNoMail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		reason   suppress.Reason
		category mail.Category
		outcome  mail.Outcome
		mails    int
	}{
		{name: "a bounce stops other mail", reason: suppress.Bounce, category: mail.Product, outcome: mail.Suppressed},
		{name: "a bounce stops codes", reason: suppress.Bounce, category: mail.Auth, outcome: mail.Suppressed},
		{name: "a complaint stops other mail", reason: suppress.Complaint, category: mail.Product, outcome: mail.Suppressed},
		{name: "a complaint stops no codes", reason: suppress.Complaint, category: mail.Auth, outcome: mail.Sent, mails: 1},
		{name: "a reason nobody knows stops nothing", reason: "whim", category: mail.Product, outcome: mail.Sent, mails: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.suppress(t, " ADA@example.com", tt.reason)
			w.want(t, "first run", envelope(tt.category), tt.outcome, nil, tt.mails)
			w.want(t, "second run", envelope(tt.category), mail.Duplicate, nil, tt.mails)
		})
	}
}

func TestAListThatCannotBeReadStopsNoCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.db.breakOn(nil, nil, errDown)
	w.want(t, "other mail waits", envelope(mail.Product), "", errDown, 0)
	w.want(t, "a code goes out", envelope(mail.Auth), mail.Sent, nil, 1)
}
