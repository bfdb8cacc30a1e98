package keep

import "errors"

// ErrInUse reports a folder that another fleet keeps its state in.
var ErrInUse = errors.New("another fleet uses this folder")
