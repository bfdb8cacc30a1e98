package ask

import "callanalyst/pkg/entitlement"

// Tier is what a plan gives to one question.
type Tier struct {
	Model     string // of the first provider; settings may name another
	MaxTokens int    // of the answer
	Context   int    // bytes of transcript put in front of the question
	Parallel  int    // answers at once, for one user
}

// Tiers returns what each plan gives. This is the one place.
func Tiers() map[entitlement.Tier]Tier {
	return map[entitlement.Tier]Tier{
		entitlement.Free: {Model: "claude-haiku-5-5", MaxTokens: 1024, Context: 60_000, Parallel: 1},
		entitlement.Pro:  {Model: "claude-sonnet-5-5", MaxTokens: 4096, Context: 400_000, Parallel: 5},
		entitlement.Team: {Model: "claude-sonnet-5-5", MaxTokens: 8192, Context: 400_000, Parallel: 20},
	}
}

// MaxParallel is the largest Parallel of any tier: the number of places for
// running answers that a row can have.
const MaxParallel = 20

// Substitutes returns the second provider's model for each of the first's.
func Substitutes() map[string]string {
	return map[string]string{
		"claude-haiku-5-5":  "gpt-5-mini",
		"claude-sonnet-5-5": "gpt-5",
	}
}
