package cognitotest

import (
	"strconv"
	"time"
)

// epoch writes a time as the AWS JSON protocol does: seconds since 1970 with
// milliseconds behind the point.
type epoch time.Time

// MarshalJSON writes the number.
func (e epoch) MarshalJSON() ([]byte, error) {
	ms := time.Time(e).UnixMilli()
	return strconv.AppendFloat(nil, float64(ms)/1000, 'f', 3, 64), nil
}
