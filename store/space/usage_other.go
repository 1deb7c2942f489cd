//go:build !linux

package space

// usageOf does not know on this system: only refused writes tell.
func usageOf(string) (Usage, error) { return Usage{Free: 1 << 60, Files: -1}, nil }
