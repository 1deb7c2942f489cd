// Package sandbox closes the running process off for good: once Close has returned, it opens no file, reaches no network,
// starts no program and signals no other process. What was open before stays usable.
//
// It promises this where the kernel can: on Linux with Landlock (5.13 and later) and seccomp, each for itself. What could
// not be put in place is said in Walls, never passed over. It limits neither memory nor time: that is for package child.
package sandbox

import (
	"fmt"
	"time"
)

// Walls says what stands around the process.
type Walls struct {
	Landlock bool   `json:"landlock"` // No path can be opened; on newer kernels nothing connected to.
	Seccomp  bool   `json:"seccomp"`  // Only harmless system calls are answered.
	Missing  string `json:"missing"`  // What could not be put in place, and why; empty when all stands.
}

// Close puts up every wall that the kernel has. It cannot be undone.
func Close() Walls {
	// Go reads the time zone when it is first needed, from a file that cannot be opened any more.
	_, _ = time.Now().Local().Zone()
	var walls Walls
	if err := restrictPaths(); err != nil {
		walls.miss("Landlock", err)
	} else {
		walls.Landlock = true
	}
	if err := filterCalls(); err != nil {
		walls.miss("seccomp", err)
	} else {
		walls.Seccomp = true
	}
	return walls
}

func (w *Walls) miss(what string, err error) {
	if w.Missing != "" {
		w.Missing += "; "
	}
	w.Missing += fmt.Sprintf("%s: %v", what, err)
}
