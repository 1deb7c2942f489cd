package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// playKilled kills the daemon while it seals, mails and judges. What a command was told is there afterwards, and what
// was begun is brought to its end.
func playKilled(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	told := map[string]bool{}
	for round := range 3 {
		x.killAmongOrders(round, told)
		x.serve()
	}
	var contracts []workflow.Contract
	x.record(&contracts, "archive", "query")
	for _, key := range []string{"org", "employee"} {
		x.run("token", "resume", key) // It rests if the daemon died while its PIN was tried; refused if not.
	}
	for _, contract := range contracts {
		x.run("seal", contract.Number) // For one that waits for such a key; refused for the others.
		x.reach(contract.Number, workflow.StateSent)
		delete(told, contract.Number)
	}
	if len(told) > 0 || len(contracts) == 0 {
		t.Errorf("of %d contracts, these are lost: %v", len(contracts), told)
	}
	x.checkMailedOnce(contracts)
	for _, contract := range contracts { // The returns come in while the daemon dies, too.
		l := x.receivedAbout(contract.Number, 1)
		x.answer(l, attached, x.countersign(l.pdf))
	}
	x.kill()
	x.serve()
	for _, contract := range contracts {
		if story := x.reach(contract.Number, workflow.StateArchived); len(story.Receipts) != 1 {
			t.Errorf("contract %s has %d receipts", contract.Number, len(story.Receipts))
		}
	}
	x.do("archive", "check")
}

// killAmongOrders starts several orders and kills the daemon as soon as one of them is recorded.
func (x *exchange) killAmongOrders(round int, told map[string]bool) {
	x.Helper()
	var orders []*exec.Cmd
	for n := range 3 {
		cmd := x.command(x.order(killedNumber(round, n))...)
		cmd.Stdout, cmd.Stderr = &bytes.Buffer{}, &bytes.Buffer{}
		check(x.T, cmd.Start())
		orders = append(orders, cmd)
	}
	x.until("an order is recorded", func(ctx context.Context) bool {
		_, err := x.client.Story(ctx, killedNumber(round, 0))
		return err == nil
	})
	x.kill()
	for n, cmd := range orders {
		err := cmd.Wait()
		var failed *exec.ExitError
		if err != nil && !errors.As(err, &failed) {
			x.Error(err)
		}
		if failed == nil {
			told[killedNumber(round, n)] = true
			continue
		}
		done := ended{failed.ExitCode(), fmt.Sprint(cmd.Stdout), fmt.Sprint(cmd.Stderr)}
		if done.code != 7 { // The key rests since an earlier round.
			x.wantRefusal(done, 1, "", cmd.Args[1:])
		}
	}
}

// checkMailedOnce expects each letter in the supplier's mailbox; one that was sent again is recognised by its Message-ID.
func (x *exchange) checkMailedOnce(contracts []workflow.Contract) {
	x.Helper()
	ids := map[string]bool{}
	for _, raw := range x.mail(supplierMail, "INBOX", len(contracts)) {
		ids[x.read(raw).MessageID] = true
	}
	if len(ids) != len(contracts) {
		x.Errorf("%d letters arrived about %d contracts", len(ids), len(contracts))
	}
}

// attempted waits until the sending of a contract failed once.
func (x *exchange) attempted(number string) api.Story {
	x.Helper()
	return x.story(number, "an attempt to mail it failed", func(story api.Story) bool {
		for _, delivery := range story.Deliveries {
			if delivery.Channel == workflow.ChannelTo && delivery.State == workflow.DeliveryQueued && delivery.Attempts == 1 && delivery.Answer != "" {
				return true
			}
		}
		return false
	})
}

// gate is a port on which nobody answers until it is opened; then it leads to another one.
type gate struct {
	*testing.T
	port, to int
	running  sync.WaitGroup
}

func newGate(t *testing.T, to int) *gate {
	t.Helper()
	held, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	check(t, held.Close())
	g := &gate{T: t, port: held.Addr().(*net.TCPAddr).Port, to: to}
	t.Cleanup(g.running.Wait)
	return g
}

func (g *gate) open() {
	g.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(g.port))
	check(g.T, err)
	g.Cleanup(func() { check(g.T, listener.Close()) })
	g.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // Closed by the cleanup.
			}
			g.running.Go(func() { g.lead(conn) })
		}
	})
}

// lead joins two connections until one of them ends.
func (g *gate) lead(conn net.Conn) {
	defer conn.Close() // Both ends may be gone; nothing is to be saved.
	onward, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(g.to))
	if err != nil {
		return
	}
	go func() {
		io.Copy(onward, conn) // Ends with either connection.
		onward.Close()
	}()
	io.Copy(conn, onward)
}

// killedNumber names an order so that no number is part of another one: mails are found by it.
func killedNumber(round, n int) string { return "L-" + strconv.Itoa(round) + "-" + strconv.Itoa(n) }
