package imap_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"contractd/mailbox/imap"
	"contractd/mailbox/mailserver"
	"contractd/workflow"
)

// waiting calls Wait in the background.
func waiting(t *testing.T, mailbox *imap.Mailbox) <-chan error {
	done := make(chan error, 1)
	go func() { done <- mailbox.Wait(t.Context()) }()
	return done
}

// until looks again and again whether the server has come so far.
func until(t *testing.T, server *mailserver.Server, far func(mailserver.Stats) bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !far(server.Stats()) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("server got no further than %+v", server.Stats())
		}
	}
}

func within(t *testing.T, done <-chan error, most time.Duration) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(most):
		t.Fatalf("still waiting after %v", most)
		return nil
	}
}

func TestWaitEndsWithNews(t *testing.T) {
	for name, change := range map[string]func(*imap.Account, *mailserver.Faults){
		"idle":         func(*imap.Account, *mailserver.Faults) {},
		"poll":         func(a *imap.Account, _ *mailserver.Faults) { a.Idle, a.Poll = false, 10*time.Millisecond },
		"no idle":      func(a *imap.Account, f *mailserver.Faults) { f.NoIdle, a.Poll = true, 10*time.Millisecond },
		"deaf idle":    func(a *imap.Account, f *mailserver.Faults) { f.DeafIdle, a.IdleMax = true, 50*time.Millisecond },
		"STARTTLS":     nil,
		"already here": nil,
	} {
		t.Run(name, func(t *testing.T) {
			var faults mailserver.Faults
			var changed imap.Account
			if change != nil {
				change(&changed, &faults)
			}
			server := start(t, faults)
			a := account(server)
			if change != nil {
				change(&a, &faults)
			}
			if name == "STARTTLS" {
				a.Security, a.Port = imap.StartTLS, server.IMAP.Port
			}
			mailbox := open(t, a)
			var intake intake
			intake.passes(t, mailbox, 1)
			if name == "already here" {
				deliver(t, server, letter("one", 100))
			}
			before := server.Stats()
			done := waiting(t, mailbox)
			until(t, server, func(now mailserver.Stats) bool {
				return now.Idles > before.Idles || !a.Idle || faults.NoIdle || name == "already here"
			})
			if name != "already here" {
				deliver(t, server, letter("one", 100))
			}
			if err := within(t, done, 10*time.Second); err != nil {
				t.Fatal(err)
			}
			for range 3 { // A wake-up may come for nothing; it never comes too late.
				intake.passes(t, mailbox, 1)
				if len(intake.raw) > 0 {
					break
				}
				if err := within(t, waiting(t, mailbox), 10*time.Second); err != nil {
					t.Fatal(err)
				}
			}
			intake.check(t, letter("one", 100))
		})
	}
}

// mail.md 6: IDLE is ended by us, and the connection is asked whether it lives.
func TestIdleEndsByItself(t *testing.T) {
	server := start(t, mailserver.Faults{})
	a := account(server)
	a.IdleMax = 20 * time.Millisecond
	mailbox := open(t, a)
	for range 3 {
		if err := within(t, waiting(t, mailbox), 10*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if connections := server.Stats().IMAPConnections; connections != 1 {
		t.Errorf("%d connections, want one that is kept", connections)
	}
}

func TestWaitTellsALostConnection(t *testing.T) {
	for name, idle := range map[string]bool{"idle": true, "poll": false} {
		t.Run(name, func(t *testing.T) {
			server := start(t, mailserver.Faults{})
			a := account(server)
			a.Idle, a.Poll = idle, time.Hour
			mailbox := open(t, a)
			var intake intake
			intake.passes(t, mailbox, 1)
			before := server.Stats()
			done := waiting(t, mailbox)
			until(t, server, func(now mailserver.Stats) bool {
				return now.Idles > before.Idles || !idle && now.Polls > before.Polls
			})
			if err := server.Close(); err != nil {
				t.Fatal(err)
			}
			if err := within(t, done, 10*time.Second); !errors.Is(err, workflow.ErrTemporary) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	server := start(t, mailserver.Faults{})
	mailbox := open(t, account(server))
	var intake intake
	intake.passes(t, mailbox, 1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- mailbox.Wait(ctx) }()
	until(t, server, func(now mailserver.Stats) bool { return now.Idles > 0 })
	cancel()
	if err := within(t, done, 10*time.Second); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
