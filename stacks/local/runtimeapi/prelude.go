package runtimeapi

import (
	"bytes"
	"io"
)

// delimiter ends the prelude; maxPrelude is how far API Gateway looks for it.
var delimiter = [8]byte{}

const maxPrelude = 16 << 10

// splitPrelude cuts the JSON off the front of a streamed HTTP answer. Without
// a delimiter there is no prelude, and the body is all that came.
func splitPrelude(r io.Reader) (prelude []byte, body io.Reader, err error) {
	var buf []byte
	chunk := make([]byte, 4<<10)
	for len(buf) < maxPrelude {
		n, err := r.Read(chunk)
		from := max(0, len(buf)-len(delimiter))
		buf = append(buf, chunk[:n]...)
		if i := bytes.Index(buf[from:], delimiter[:]); i >= 0 {
			rest := buf[from+i+len(delimiter):]
			return buf[:from+i], io.MultiReader(bytes.NewReader(rest), r), nil
		}
		if err == io.EOF {
			return nil, bytes.NewReader(buf), nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return nil, io.MultiReader(bytes.NewReader(buf), r), nil
}
