package ask

import (
	"strings"
	"unicode/utf8"

	"callanalyst/pkg/fault"
)

// MaxQuestion is how long a question may be, in characters.
const MaxQuestion = 8000

// MaxBody is how long a request's body may be, in bytes.
const MaxBody = 64 << 10

// ErrQuestion reports a question that cannot be asked.
var ErrQuestion = fault.New(fault.Invalid, "INVALID_FIELD", "Send the question as text in the field question.")

// Question is the body of POST /api/ask.
type Question struct {
	Question string `json:"question"`
	Context  *struct {
		BotID string `json:"bot_id"`
	} `json:"context"`
}

// Check returns what is wrong with the question, naming the field.
func (q Question) Check() error {
	n := utf8.RuneCountInString(q.Question)
	switch {
	case strings.TrimSpace(q.Question) == "":
		return ErrQuestion
	case n > MaxQuestion:
		return ErrQuestion.Because("The field question has %d characters; at most %d are accepted.", n, MaxQuestion)
	case q.Context != nil && (q.Context.BotID == "" || len(q.Context.BotID) > 100):
		return ErrQuestion.Because("The field context.bot_id must be the id of one of your notetaker's calls.")
	}
	return nil
}

// BotID returns the call that the question is about, or "".
func (q Question) BotID() string {
	if q.Context == nil {
		return ""
	}
	return q.Context.BotID
}
