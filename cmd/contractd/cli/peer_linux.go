package cli

import (
	"net"

	"golang.org/x/sys/unix"

	"contractd/cmd/contractd/config"
	"contractd/workflow"
)

// peer returns who is at the other end of the control socket, as the kernel says (SO_PEERCRED).
func peer(cfg *config.Config, conn net.Conn) workflow.Actor {
	nobody := workflow.Actor{Name: "unknown"}
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return nobody
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nobody
	}
	actor := nobody
	err = raw.Control(func(fd uintptr) {
		if credentials, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			actor = actorFor(cfg, int(credentials.Uid))
		}
	})
	if err != nil {
		return nobody
	}
	return actor
}
