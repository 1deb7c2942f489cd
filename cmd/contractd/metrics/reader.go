package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// Sources are what is read whenever somebody asks for the metrics.
type Sources struct {
	// Health tells how the mailbox and the queues are; an error leaves everything out that it would tell.
	Health func(ctx context.Context) (api.Health, error)
	// Ages returns how long ago each loop gave its last sign.
	Ages func() map[string]time.Duration
	// Commits returns how many transactions the database committed, and the time in which it wrote them.
	Commits func() (int64, time.Duration)
	Now     func() time.Time
}

// patience bounds the reading of the health; whoever scrapes waits ten seconds by default.
const patience = 8 * time.Second

// reader collects from the sources.
type reader struct {
	sources Sources
	gauges  []gauge
	ages    *prometheus.Desc
	commits *prometheus.Desc
	writes  *prometheus.Desc
}

// gauge is one metric that the health tells.
type gauge struct {
	desc *prometheus.Desc
	read func(health api.Health, now time.Time, tell func(value float64, label ...string))
}

func newReader(sources Sources) *reader {
	return &reader{
		sources: sources, gauges: gauges(),
		ages:    prometheus.NewDesc("contractd_loop_age_seconds", "Time since each loop gave its last sign of progress or began a rest.", []string{"loop"}, nil),
		commits: prometheus.NewDesc("contractd_store_commits_total", "Transactions that the database committed.", nil, nil),
		writes:  prometheus.NewDesc("contractd_store_write_seconds_total", "Time in which the database wrote its commits, with their fsyncs.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (r *reader) Describe(descriptions chan<- *prometheus.Desc) {
	for _, g := range r.gauges {
		descriptions <- g.desc
	}
	descriptions <- r.ages
	descriptions <- r.commits
	descriptions <- r.writes
}

// Collect implements prometheus.Collector.
func (r *reader) Collect(collected chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	health, err := r.sources.Health(ctx)
	for _, g := range r.gauges {
		if err != nil {
			collected <- prometheus.NewInvalidMetric(g.desc, err)
			continue
		}
		g.read(health, r.sources.Now(), func(value float64, label ...string) {
			collected <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, value, label...)
		})
	}
	for loop, age := range r.sources.Ages() {
		collected <- prometheus.MustNewConstMetric(r.ages, prometheus.GaugeValue, age.Seconds(), loop)
	}
	commits, took := r.sources.Commits()
	collected <- prometheus.MustNewConstMetric(r.commits, prometheus.CounterValue, float64(commits))
	collected <- prometheus.MustNewConstMetric(r.writes, prometheus.CounterValue, took.Seconds())
}

// tell gives the value of a metric, with the values of its labels.
type tell = func(value float64, label ...string)

func gauges() []gauge {
	var all []gauge
	add := func(name, help string, read func(health api.Health, now time.Time, tell tell), labels ...string) {
		all = append(all, gauge{prometheus.NewDesc("contractd_"+name, help, labels, nil), read})
	}
	add("contracts", "Contracts by state.", func(h api.Health, _ time.Time, tell tell) {
		for _, state := range workflow.States {
			tell(float64(h.Contracts[state]), string(state))
		}
	}, "state")
	add("deliveries", "Deliveries by state.", func(h api.Health, _ time.Time, tell tell) {
		for _, state := range deliveryStates {
			tell(float64(h.Outbox[state]), string(state))
		}
	}, "state")
	add("arrivals", "Messages by state.", func(h api.Health, _ time.Time, tell tell) {
		for _, state := range arrivalStates {
			tell(float64(h.Inbox[state]), string(state))
		}
	}, "state")
	for _, plain := range plainGauges {
		add(plain.name, plain.help, func(h api.Health, now time.Time, tell tell) { tell(plain.read(h, now)) })
	}
	add("mail_mode", "What may leave; 1 for the mode that is set.", func(h api.Health, _ time.Time, tell tell) {
		for _, mode := range []workflow.Mode{workflow.ModeLive, workflow.ModeObserve, workflow.ModeRedirect} {
			tell(truth(h.Mode == mode), string(mode))
		}
	}, "mode")
	add("disk_free_bytes", "Room for the data folder.", func(h api.Health, _ time.Time, tell tell) {
		if h.Disk != nil {
			tell(float64(h.Disk.Free))
		}
	})
	return all
}

var (
	deliveryStates = []workflow.DeliveryState{
		workflow.DeliveryHeld, workflow.DeliveryQueued, workflow.DeliveryClaimed, workflow.DeliveryAccepted, workflow.DeliveryFailed, workflow.DeliveryCancelled,
	}
	arrivalStates = []workflow.ArrivalState{workflow.ArrivalQueued, workflow.ArrivalJudged, workflow.ArrivalFiled}
)

// plainGauges have one value each, and no label.
var plainGauges = []struct {
	name, help string
	read       func(health api.Health, now time.Time) float64
}{
	{"contracts_overdue", "Contracts whose return is awaited although their deadline has passed.", func(h api.Health, _ time.Time) float64 { return float64(h.Overdue) }},
	{"contracts_waiting", "Drafts that wait for a key, a timestamp authority or a person.", func(h api.Health, _ time.Time) float64 { return float64(len(h.Waiting)) }},
	{"next_deadline_timestamp_seconds", "The next deadline; 0 for none.", func(h api.Health, _ time.Time) float64 { return unix(h.NextDeadline) }},
	{"deliveries_oldest_age_seconds", "Time since which a delivery waits; 0 when none does.", func(h api.Health, now time.Time) float64 { return age(h.OldestLetter, now) }},
	{"arrivals_oldest_age_seconds", "Time since which a message waits for its judgement; 0 when none does.", func(h api.Health, now time.Time) float64 { return age(h.OldestArrival, now) }},
	{"mailbox_polled_timestamp_seconds", "When the mailbox was last read to its end; 0 for never.", func(h api.Health, _ time.Time) float64 { return unix(h.LastPoll) }},
	{"mailbox_up", "1 unless the last attempt to read the mailbox failed.", func(h api.Health, _ time.Time) float64 { return truth(h.MailboxError == "") }},
	{"hold", "1 while everything that leaves is held.", func(h api.Health, _ time.Time) float64 { return truth(h.Hold != nil) }},
	{"alarms", "What needs a person now, as `contractd status` tells it.", func(h api.Health, _ time.Time) float64 { return float64(len(h.Alarms)) }},
}

func truth(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

func unix(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.Unix())
}

// age is never negative: clocks are set back.
func age(since, now time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, now.Sub(since).Seconds())
}
