package main_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"

	"contractd/cmd/contractd/api"
	"contractd/templates/contract"
	"contractd/workflow"
)

// list writes a list of contracts, with the numbers and prices that the columns say.
func (x *exchange) list(name string, numbers ...string) {
	x.Helper()
	var out bytes.Buffer
	out.WriteString("\ufeff") // As Excel writes it.
	rows := [][]string{{"number", "supplier", "items.0.price", "seller.name"}}
	for n, number := range numbers {
		rows = append(rows, []string{number, supplierName, fmt.Sprintf("%d.50", 100+n), "深圳样例供应链有限公司"})
	}
	check(x.T, csv.NewWriter(&out).WriteAll(rows))
	x.write(name, out.Bytes())
}

func numbers(prefix string, count int) []string {
	var all []string
	for n := range count {
		all = append(all, fmt.Sprintf("%s-%03d", prefix, n+1))
	}
	return all
}

// sealings counts the seals that the journal has for a contract.
func (x *exchange) sealings(number string) int {
	x.Helper()
	var story api.Story
	x.record(&story, "show", number)
	count := 0
	for _, entry := range story.Journal {
		if entry.Action == workflow.ActSealed {
			count++
		}
	}
	return count
}

// playMany makes contracts of a list, is killed in the middle, and goes on without sealing anything twice.
func playMany(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.register()
	x.write("data.json", contract.ExampleJSON())
	x.do("send", "--template", "purchase", "--data", "data.json", "--to", supplierName, "--hold")
	all := numbers("M", 10)
	x.list("list.csv", all...)
	run := []string{"send", "--template", "purchase", "--data", "data.json", "--csv", "list.csv", "--hold"}

	x.list("bad.csv", "M-1", "M 2", "M-1")
	done := x.refused(2, "line 3", "send", "--template", "purchase", "--data", "data.json", "--csv", "bad.csv")
	if !strings.Contains(done.stderr, "line 4") {
		t.Errorf("not all faults are told at once:\n%s", done.stderr)
	}
	x.refused(5, "M-1", "show", "M-1")
	x.refused(2, "--template", "send", "--csv", "list.csv")

	x.killAfter(3, run...)
	said := x.do(append(run, "--json")...)
	if lines := strings.Count(said, "\n"); lines != len(all) {
		t.Errorf("%d lines for %d contracts", lines, len(all))
	}
	for _, number := range all {
		if count := x.sealings(number); count != 2 {
			t.Errorf("contract %s was sealed %d times", number, count)
		}
		var story api.Story
		x.record(&story, "show", number)
		if c := story.Contract; c.State != workflow.StateSealed || c.Title == "" {
			t.Errorf("contract %s is %s, %s, %q", number, c.State, c.Amount, c.Title)
		}
	}
	if stderr := x.run(run...).stderr; !strings.Contains(stderr, "10/10") {
		t.Errorf("no count is told:\n%s", stderr)
	}
	x.do("archive", "check")
}

// killAfter runs a command and kills it when it has printed so many lines.
func (x *exchange) killAfter(lines int, args ...string) {
	x.Helper()
	ctx, stop := context.WithCancel(x.Context())
	defer stop()
	cmd := x.command(args...)
	cmd.Stdout = &counter{left: lines, full: stop}
	check(x.T, cmd.Start())
	go func() {
		<-ctx.Done()
		_ = cmd.Process.Kill() // It may have ended by itself; the wait tells.
	}()
	if err := cmd.Wait(); err == nil {
		x.Errorf("%q ended before it was killed", args)
	}
}

// counter calls full after so many lines.
type counter struct {
	left int
	full func()
}

func (c *counter) Write(p []byte) (int, error) {
	c.left -= bytes.Count(p, []byte("\n"))
	if c.left <= 0 {
		c.full()
	}
	return len(p), nil
}

// playManyWait makes contracts whose second key is elsewhere: each waits for it, and none for another.
func playManyWait(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.register()
	x.write("data.json", contract.ExampleJSON())
	all := numbers("E", 4)
	x.list("list.csv", all...)
	run := []string{"send", "--template", "purchase", "--data", "data.json", "--csv", "list.csv"}
	check(t, os.Rename(x.path("employee.p12"), x.path("elsewhere")))
	done := x.run(run...)
	if done.code != 1 || !strings.Contains(done.stderr, "4 of 4 contracts") || !strings.Contains(done.stderr, "employee") {
		t.Errorf("ended with %d:\n%s", done.code, done.stderr)
	}
	check(t, os.Rename(x.path("elsewhere"), x.path("employee.p12")))
	x.do("seal", all[0], "--key", "employee")
	x.do(run...)
	for _, number := range all {
		if count := x.sealings(number); count != 2 {
			t.Errorf("contract %s was sealed %d times", number, count)
		}
	}
	x.serve()
	for _, number := range all {
		x.reach(number, workflow.StateSent)
	}
}
