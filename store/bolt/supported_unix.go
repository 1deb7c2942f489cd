//go:build unix

package bolt

// Supported reports why there can be no store on this system; nil where there can.
func Supported() error { return nil }
