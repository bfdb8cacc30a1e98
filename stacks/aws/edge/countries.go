package edge

import (
	_ "embed"
	"strings"
)

//go:embed store.js
var store string

// CountriesKey is the key of the list in the geofence's key-value store.
const CountriesKey = "countries"

// Countries returns the codes that count as the United States: its territories
// have codes of their own. geofence.js has the same list.
func Countries() []string { return []string{"US", "PR", "GU", "VI", "AS", "MP", "UM"} }

// fixed is how geofence.js reads its list.
const fixed = "async function countries() {\n  return COUNTRIES;\n}\n"

// StoredViewerRequest returns the function as ViewerRequest does, with the list
// read from the key-value store that is associated with it, so that it can be
// changed without a deploy.
func StoredViewerRequest() string {
	head, body, _ := strings.Cut(store, "\n")
	return head + "\n" + strings.Replace(ViewerRequest(), fixed, body, 1)
}
