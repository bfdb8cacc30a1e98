package calendar

import (
	"time"

	"callanalyst/pkg/fault"
)

// ErrCode reports an authorization code that Google does not take: it was used
// already, is too old, or belongs to another attempt.
var ErrCode = fault.New(fault.Invalid, "CALENDAR_CODE_REFUSED", "Google did not confirm your consent. Connect your calendar again.")

// Grant is what a user's consent gave us.
type Grant struct {
	Refresh string // "" when Google gave none
	Access  string
	Until   time.Time // when Access ends
	Account string    // Google's id of the account
	Email   string
	Scoped  bool // the calendar was among what was granted
}
