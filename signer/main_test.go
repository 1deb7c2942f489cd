package signer_test

import (
	"fmt"
	"os"
	"testing"

	"contractd/signer/token"
)

// TestMain makes the test binary drive tokens too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == token.Verb {
		if err := token.Serve(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
