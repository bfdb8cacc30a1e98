package till

import "strconv"

// maxTrial is the longest trial that Stripe allows.
const maxTrial = 730

// days reads a setting that is a number of days.
func (t *Till) days(name string) int {
	n, err := strconv.Atoi(t.p.Env.Or(name, "0"))
	if err != nil || n < 0 || n > maxTrial {
		t.p.Env.Wrong(name, "must be a whole number of days from 0 to 730")
		return 0
	}
	return n
}
