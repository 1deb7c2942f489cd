//go:build !unix

package verify_test

import (
	"testing"
	"time"
)

var began = time.Now()

// spent is the time since the beginning, where the system's accounts are not read.
func spent(*testing.T) time.Duration { return time.Since(began) }
