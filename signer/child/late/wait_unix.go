//go:build unix

package late

import (
	"os"
	"syscall"
)

// parentSocket is where package child puts the first of Command.Files.
const parentSocket = 3

func init() {
	if len(os.Args) == 2 && os.Args[1] == Verb && !spoken() {
		os.Exit(0) // The parent has gone without a word.
	}
}

// spoken waits for the first byte and leaves it where it is. What is no socket is for those to tell who read it.
func spoken() bool {
	for {
		n, _, err := syscall.Recvfrom(parentSocket, make([]byte, 1), syscall.MSG_PEEK)
		if err != syscall.EINTR {
			return err != nil || n > 0
		}
	}
}
