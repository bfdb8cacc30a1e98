package notetaker

import (
	"encoding/json"

	"callanalyst/pkg/notetaker/recall"
)

// ReadUtterance reads an utterance out of a webhook's body, for the fuzzer.
func ReadUtterance(body []byte) (Utterance, bool) {
	var e event
	var w recall.Words
	if json.Unmarshal(body, &e) != nil || json.Unmarshal(e.Data.Data, &w) != nil {
		return Utterance{}, false
	}
	return utterance(w)
}
