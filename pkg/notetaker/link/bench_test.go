package link_test

import (
	"strings"
	"testing"

	"callanalyst/pkg/notetaker/link"
)

// BenchmarkRecognise reads a bare link, an invitation as calendars hold it, and
// the longest text that is searched.
func BenchmarkRecognise(b *testing.B) {
	const zoom = "https://us02web.zoom.us/j/84335626851?pwd=a1B2c3"
	invitation := "<p>Ann invites you to a meeting.</p>" + strings.Repeat("<p>Agenda: see https://docs.example.com/agenda and bring numbers.</p>\n", 20) +
		`<a href="` + zoom + `">Join</a> or dial +1 312 626 6799, passcode 123456`
	tests := []struct{ name, text string }{
		{"a link", zoom},
		{"an invitation", invitation},
		{"64 KB without one", strings.Repeat("Nothing to see at https://example.com/x here. ", 64<<10/46)},
	}
	for _, tt := range tests {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := link.Recognise(tt.text); ok == strings.HasPrefix(tt.name, "64") {
					b.Fatal(ok)
				}
			}
		})
	}
}
