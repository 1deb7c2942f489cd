//go:build !linux

package child

import "os/exec"

// Harden does nothing where prctl(2) is missing.
func Harden() error { return nil }

// tie does nothing; a child sees that its parent is gone by the end of their connection.
func tie(*exec.Cmd) {}

func resident(int) error { return nil }
