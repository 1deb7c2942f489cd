package main_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"testing"
	"text/tabwriter"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"contractd/workflow"
	"contractd/workflow/outbound"
)

var speedContracts = flag.Int("speed.contracts", 3, "how many contracts TestSpeed exchanges; `make bench` has more")

// TestSpeed takes contracts through the daemon that users run, out over SMTP and back in over IMAP until they are archived,
// and prints what each path took and for what. The daemon itself counts: its metrics are read before and after. Nothing is
// asserted but that all of it was done.
func TestSpeed(t *testing.T) {
	h := newHall(t)
	x := newExchange(t, h, "")
	address := x.freeAddress()
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("contractd.toml", append(config, "\n[metrics]\nlisten = \""+address+"\"\n"...))
	x.serve()
	x.register()
	drafts := map[string][]byte{}
	for n := range *speedContracts + 1 {
		number := fmt.Sprintf("V-%04d", n)
		drafts[number] = x.draftOf(number)
	}
	x.sendAll(drafts, 1) // The first one opens keys and connections, and learns the size of timestamps.
	out := x.timed(address, func() { x.sendAll(drafts, *speedContracts+1) })
	var returns [][]byte
	for _, raw := range x.mail(supplierMail, "INBOX", len(drafts)) {
		l := x.read(raw)
		returns = append(returns, []byte(attached(l.Subject, l.MessageID, x.countersign(l.pdf))))
	}
	x.returnAll(returns[:1], 1) // The first one starts the renderer.
	in := x.timed(address, func() { x.returnAll(returns[1:], len(returns)) })
	x.stop()
	printSpeed(*speedContracts, out, in)
}

// sendAll sends, one after the other, what was not sent before, until so many are sent.
func (x *exchange) sendAll(drafts map[string][]byte, count int) {
	x.Helper()
	for n := range count {
		number := fmt.Sprintf("V-%04d", n)
		draft, ok := drafts[number]
		if !ok || draft == nil {
			continue
		}
		drafts[number] = nil
		order := outbound.Order{Number: number, Title: "速度", Supplier: supplierName, Deadline: time.Now().AddDate(0, 1, 0)}
		_, err := x.client.Send(x.Context(), order, bytes.NewReader(draft), func(string, string) {})
		check(x.T, err)
	}
	x.awaitAll(workflow.StateSent, count)
}

// returnAll lets returns arrive and waits until so many contracts are archived.
func (x *exchange) returnAll(returns [][]byte, archived int) {
	x.Helper()
	for _, raw := range returns {
		check(x.T, x.post.local.Deliver(houseMail, raw))
	}
	x.awaitAll(workflow.StateArchived, archived)
}

func (x *exchange) awaitAll(state workflow.State, want int) {
	x.Helper()
	x.until(fmt.Sprintf("%d contracts are %s", want, state), func(ctx context.Context) bool {
		health, err := x.client.Status(ctx)
		return err == nil && health.Contracts[state] == want && health.Outbox[workflow.DeliveryQueued]+health.Outbox[workflow.DeliveryClaimed] == 0 &&
			health.Inbox[workflow.ArrivalQueued]+health.Inbox[workflow.ArrivalJudged] == 0
	})
}

// spent is what a path took: by the clock, and for what.
type spent struct {
	wall  time.Duration
	parts map[string]time.Duration
	times map[string]int
}

// timed does something and returns what the daemon spent on it.
func (x *exchange) timed(address string, do func()) spent {
	x.Helper()
	before, start := x.spending(address), time.Now()
	do()
	after := x.spending(address)
	after.wall = time.Since(start)
	for part := range after.parts {
		after.parts[part] -= before.parts[part]
		after.times[part] -= before.times[part]
	}
	return after
}

// spending reads the daemon's metrics.
func (x *exchange) spending(address string) spent {
	x.Helper()
	response, err := http.Get("http://" + address + "/metrics")
	check(x.T, err)
	defer response.Body.Close() // Only read from.
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	check(x.T, err)
	s := spent{parts: map[string]time.Duration{}, times: map[string]int{}}
	add := func(part string, metric *dto.Metric) {
		s.parts[part] = time.Duration(metric.GetHistogram().GetSampleSum() * float64(time.Second))
		s.times[part] = int(metric.GetHistogram().GetSampleCount())
	}
	for _, metric := range families["contractd_step_duration_seconds"].GetMetric() {
		add(metric.Label[0].GetValue(), metric)
	}
	add("ledger", families["contractd_store_change_duration_seconds"].Metric[0])
	add("documents", families["contractd_store_document_duration_seconds"].Metric[0])
	s.parts["disk"] = time.Duration(families["contractd_store_write_seconds_total"].Metric[0].GetCounter().GetValue() * float64(time.Second))
	s.times["disk"] = int(families["contractd_store_commits_total"].Metric[0].GetCounter().GetValue())
	return s
}

// printSpeed prints a table for each path. Shares are of the time by the clock; sealing and mailing overlap, so that they may
// add up to more.
func printSpeed(contracts int, out, in spent) {
	for _, path := range []struct {
		title string
		spent
		steps []string
	}{
		{"Out: recorded, sealed twice, checked, mailed, copied to the Sent folder", out, []string{"seal", "key", "timestamp", "self-check", "mail"}},
		{"In: fetched, judged, archived, answered, filed", in, []string{"verification", "rendering", "mail"}},
	} {
		fmt.Printf("\n%s: %.1f contracts/s\n", path.title, float64(contracts)/path.wall.Seconds())
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
		row := func(name string, took time.Duration, times int) {
			fmt.Fprintf(w, "%s\t%s\t%.1f\t%.0f %%\t\n", name, ms(took/time.Duration(contracts)), float64(times)/float64(contracts), 100*float64(took)/float64(path.wall))
		}
		fmt.Fprintf(w, "part\tfor one contract\ttimes\tshare\t\n")
		row("all", path.wall, contracts)
		for _, step := range path.steps {
			row(step, path.parts[step], path.times[step])
		}
		synced := path.parts["disk"] + path.parts["documents"]
		row("writing and fsync", synced, path.times["disk"]+path.times["documents"])
		row("ledger beside that", path.parts["ledger"]-synced, path.times["ledger"])
		w.Flush() // To the terminal; nothing is lost where nobody looks.
	}
}
