package notetaker

import (
	"time"
)

// State is where a bot is: a code of ours before it is on its way, afterwards
// one of Recall's.
type State struct {
	Code  string // requested, scheduled, …; Recall may add codes at any time
	Sub   string // Recall's sub code, why it ended; "" mostly
	Final bool   // the whole transcript was compared with what was heard live
}

// The codes that are ours. The others are Recall's own.
const (
	Requested = "requested" // wanted, not yet confirmed by Recall
	Scheduled = "scheduled" // Recall will send it at its time
	Failed    = "failed"    // Recall would not take it
	Cancelled = "cancelled" // nobody wants it any more
)

// rank orders codes by how late in a bot's life they come. Webhooks are out of
// order; a bot never goes back to a lower rank. Within a rank the newest holds.
func rank(code string) int64 {
	switch code {
	case Requested:
		return 0
	case Scheduled:
		return 1
	case "joining_call":
		return 2
	case "in_waiting_room":
		return 3
	case "call_ended", "recording_done":
		return 7
	case "done", "fatal", Failed, Cancelled:
		return 9
	}
	return 5 // in the call, in one way or another; also what is new to us
}

// Over reports whether the bot will not do anything any more.
func (s State) Over() bool { return rank(s.Code) == 9 }

// InCall reports whether the bot can hear something.
func (s State) InCall() bool { return rank(s.Code) == 5 || rank(s.Code) == 7 }

// Text is the state in a person's words: what is, and what to do about it.
func (s State) Text() string {
	if t := reason(s.Sub); t != "" && (s.Code == "call_ended" || s.Over()) {
		return t
	}
	switch s.Code {
	case Requested:
		return "Asking for the notetaker."
	case Scheduled:
		return "The notetaker will join on time."
	case Failed:
		return "The notetaker could not be sent. Try again."
	case Cancelled:
		return "The notetaker was called off."
	case "joining_call":
		return "The notetaker is joining."
	case "in_waiting_room":
		return "The notetaker is in the waiting room. Ask the host to let it in."
	case "in_call_not_recording":
		return "The notetaker is in the meeting and waits for permission to take notes."
	case "recording_permission_denied":
		return "The host did not allow recording, so there are no notes."
	case "in_call_recording", "recording_permission_allowed":
		return "The notetaker is taking notes."
	case "call_ended", "recording_done":
		return "The meeting is over; the notes are being finished."
	case "done":
		return "The meeting is over and the notes are ready."
	case "fatal":
		return "The notetaker could not take part in this meeting."
	}
	return "The notetaker is in the meeting."
}

// reason explains the sub codes that a user can do something about.
func reason(sub string) string {
	switch sub {
	case "timeout_exceeded_waiting_room":
		return "Nobody let the notetaker in from the waiting room. Admit it next time, or allow guests to join directly."
	case "timeout_exceeded_noone_joined":
		return "Nobody else joined, so the notetaker left."
	case "timeout_exceeded_everyone_left":
		return "Everybody left, so the notetaker did too. The notes are ready."
	case "timeout_exceeded_silence_detected":
		return "Nobody spoke for a long time, so the notetaker left."
	case "timeout_exceeded_in_call_recording":
		return "The notetaker reached its longest stay and left."
	case "bot_kicked_from_call":
		return "Somebody removed the notetaker from the meeting."
	case "bot_received_leave_call":
		return "You called the notetaker off."
	case "meeting_not_found":
		return "There is no meeting behind this link. Check the link."
	case "meeting_not_started":
		return "The meeting was not started by its host."
	case "meeting_requires_sign_in", "google_meet_bot_blocked":
		return "This meeting admits signed-in people only. Ask the host to allow guests."
	case "meeting_password_incorrect":
		return "The meeting's password is wrong. Use the link that contains it."
	}
	return ""
}

// books is what a call's row 0 says.
type books struct {
	BotID     string
	Last      int64 // the number of the newest utterance
	State     State
	Rank      int64
	Recall    string // Recall's id
	Joined    time.Time
	Ended     time.Time
	Booked    bool // its time is counted
	RoomStart string
}

func booksOf(it Item) books {
	return books{
		BotID: words(it["bot_id"]), Last: whole(it["last"]), Rank: whole(it["rank"]), Recall: words(it["recall_id"]),
		State:  State{Code: words(it["code"]), Sub: words(it["sub_code"]), Final: yes(it["final"])},
		Joined: moment(it["joined_at"]), Ended: moment(it["ended_at"]), Booked: yes(it["booked"]), RoomStart: words(it["room_start"]),
	}
}

// bot is a user's row of a bot.
type bot struct {
	Sub, BotID string
	URL, Title string
	Source     Source
	JoinAt     time.Time
	RoomStart  string
	Stopped    bool  // by this user
	Until      int64 // the first utterance that is not this user's any more; 0 for none
}

func botOf(it Item) bot {
	return bot{
		Sub: words(it["cognito_sub"]), BotID: words(it["bot_id"]), URL: words(it["meeting_url"]), Title: words(it["title"]),
		Source: Source(words(it["source"])), JoinAt: moment(it["join_at"]), RoomStart: words(it["room_start"]), Stopped: yes(it["stopped"]), Until: whole(it["heard_until"]),
	}
}

// state is the bot's state as its user sees it.
func (b bot) state(k books) State {
	s := k.State
	if s.Code == "" {
		s.Code = Requested
	}
	switch {
	case s.Over():
		return s
	case b.Stopped:
		return State{Code: Cancelled, Sub: "bot_received_leave_call", Final: true}
	case b.Until > 0: // the meeting is off for this user, and others go
		return State{Code: Cancelled, Final: true}
	}
	return s
}

// Sources of a bot.
const (
	Manual   Source = "manual"   // a user asked for it
	Calendar Source = "calendar" // a connected calendar has the meeting
)

// Source says who wanted a bot first.
type Source string
