package cli

import (
	"net"
	"net/http"
	"sync/atomic"
)

// maxCallers is how many connections stand at the public door at once. Each takes a file descriptor from the store and the
// mail, and whoever opens it has shown no key yet.
const maxCallers = 512

// crowd counts the connections of one server, and closes those above its bound.
type crowd struct {
	most int64
	now  atomic.Int64
}

// watch is a server's ConnState. A connection that it closes is reported as closed like any other.
func (c *crowd) watch(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if c.now.Add(1) > c.most {
			_ = conn.Close() // Nothing was read or written.
		}
	case http.StateClosed, http.StateHijacked:
		c.now.Add(-1)
	}
}
