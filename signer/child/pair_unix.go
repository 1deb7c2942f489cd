//go:build unix

package child

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// parentSocket is where the first of Command.Files is in the child.
const parentSocket = 3

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

// Parent returns the child's end of what Pair made.
func Parent() (*net.UnixConn, error) {
	conn, err := connection(os.NewFile(parentSocket, "parent"))
	if err != nil {
		return nil, fmt.Errorf("reach the parent: %w", err)
	}
	return conn, nil
}

// connection makes a connection of a socket, and closes that.
func connection(socket *os.File) (*net.UnixConn, error) {
	conn, err := net.FileConn(socket)
	if err := errors.Join(err, socket.Close()); err != nil {
		return nil, err
	}
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(errors.New("not a Unix socket"), conn.Close())
	}
	return unixConn, nil
}
