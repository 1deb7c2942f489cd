package child

import (
	"errors"
	"fmt"
	"net"
	"os"
)

// parentSocket is where the first of Command.Files is in the child.
const parentSocket = 3

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
