package cli

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestACrowdIsBounded opens one connection more than there may be, and another when one has gone.
func TestACrowdIsBounded(t *testing.T) {
	callers, changes := &crowd{most: 2}, make(chan http.ConnState, 100)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		callers.watch(conn, state)
		changes <- state
	}
	server.Start()
	defer server.Close()
	until := func(want http.ConnState) {
		for state := range changes {
			if state == want {
				return
			}
		}
	}
	enter := func() net.Conn {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		until(http.StateNew)
		return conn
	}
	first, second := enter(), enter()
	if _, err := enter().Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the third: %v", err)
	}
	until(http.StateClosed)
	first.Close()
	until(http.StateClosed)
	for _, conn := range []net.Conn{second, enter()} {
		if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
			t.Error(err)
		}
		if n, err := conn.Read(make([]byte, 1)); n != 1 {
			t.Errorf("no answer: %v", err)
		}
	}
}
