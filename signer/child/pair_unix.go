//go:build unix

package child

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// Pair returns a connection for this process and its other end, which goes to a child as the first of Command.Files.
func Pair() (*net.UnixConn, *os.File, error) {
	syscall.ForkLock.RLock() // No other child may inherit them by chance.
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(pair[0])
		syscall.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("make a pair of sockets: %w", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "child")
	ours, err := connection(os.NewFile(uintptr(pair[0]), "parent"))
	if err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return ours, theirs, nil
}
