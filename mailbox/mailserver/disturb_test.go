package mailserver_test

import (
	"io"
	"net"
	"testing"
	"time"

	"contractd/mailbox/mailserver"
)

// echo answers every byte with itself.
func echo(t *testing.T) mailserver.Address {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn) // Ends with the connection.
			}()
		}
	}()
	return mailserver.Address{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port}
}

func TestADisturbanceComesOnceAndAtItsByte(t *testing.T) {
	disturber, err := mailserver.Disturb(t.Context(), echo(t))
	if err != nil {
		t.Fatal(err)
	}
	say := func(text string) string {
		conn, err := net.Dial("tcp", disturber.String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, len(text))
		n, _ := io.ReadFull(conn, answer) // An early end is what is looked for.
		return string(answer[:n])
	}
	if got := say("hello"); got != "hello" {
		t.Errorf("undisturbed: %q", got)
	}
	disturber.Order(mailserver.Disturbance{After: 8})
	if got := say("hello"); got != "hel" { // Five bytes there, three back.
		t.Errorf("disturbed: %q", got)
	}
	if got := say("hello"); got != "hello" || disturber.Done() != 1 {
		t.Errorf("after it: %q, %d disturbances", got, disturber.Done())
	}
	disturber.Order(mailserver.Disturbance{After: 2, Stall: time.Millisecond})
	if got := say("hello"); got != "" || disturber.Done() != 2 {
		t.Errorf("stalled: %q, %d disturbances", got, disturber.Done())
	}
}
