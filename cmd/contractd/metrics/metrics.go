// Package metrics counts and times what the daemon does, and shows it to Prometheus.
//
// It promises that what it exposes holds no name, address, number or content of anything: states, outcomes and loops are
// its only labels. docs/operations.md lists every metric. It does not keep anything across restarts.
package metrics

import (
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"contractd/workflow"
)

// Metrics is what one daemon has counted since it started. A nil Metrics takes everything and counts nothing.
type Metrics struct {
	registry   *prometheus.Registry
	deliveries *prometheus.CounterVec
	judgements *prometheus.CounterVec
	changes    prometheus.Histogram
	documents  prometheus.Histogram
	steps      *prometheus.HistogramVec
}

// Step is a part of the work that takes time outside of the store.
type Step string

const (
	StepSeal      Step = "seal"         // One seal on a document, with the key's and the timestamp authority's time in it.
	StepKey       Step = "key"          // One signature by a key.
	StepTimestamp Step = "timestamp"    // One answer of a timestamp authority.
	StepSelfCheck Step = "self-check"   // Our seals, judged by our verifier and by the second implementation.
	StepMail      Step = "mail"         // One attempt to hand a letter to the mail server.
	StepVerify    Step = "verification" // One returned file, with its rendering.
	StepRender    Step = "rendering"    // Its pages beside those that we sent.
)

var steps = []Step{StepSeal, StepKey, StepTimestamp, StepSelfCheck, StepMail, StepVerify, StepRender}

// Times of the store are told apart from a tenth of a millisecond on, those of other work from a millisecond on.
var (
	storeBuckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5}
	workBuckets  = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
)

// New returns metrics of which nothing has happened yet. What is read when somebody asks comes from the sources.
func New(version string, sources Sources) *Metrics {
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	}
	counters := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "contractd_build_info", Help: "Always 1; the labels say which build this is.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m := &Metrics{
		registry:   prometheus.NewRegistry(),
		deliveries: counters("contractd_delivery_attempts_total", "Attempts to deliver a letter, by what came of them.", "result"),
		judgements: counters("contractd_judgements_total", "Judged messages, by outcome.", "outcome"),
		changes:    histogram("contractd_store_change_duration_seconds", "Time to apply one change to the store, with its fsyncs.", storeBuckets),
		documents:  histogram("contractd_store_document_duration_seconds", "Time to write one document as a file, with its fsyncs.", storeBuckets),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "contractd_step_duration_seconds", Help: "Time that one step of the work took.", Buckets: workBuckets,
		}, []string{"step"}),
	}
	for _, step := range steps {
		m.steps.WithLabelValues(string(step))
	}
	for _, result := range attempts {
		m.deliveries.WithLabelValues(result)
	}
	for _, outcome := range outcomes {
		m.judgements.WithLabelValues(string(outcome))
	}
	m.registry.MustRegister(build, m.deliveries, m.judgements, m.changes, m.documents, m.steps, newReader(sources),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// attempts are the results of attempts to deliver, by what the journal calls them.
var attempts = map[workflow.Action]string{
	workflow.ActAccepted: "accepted", workflow.ActDeferred: "deferred", workflow.ActRefused: "refused",
}

// outcomes are exposed from the start, so that a rate can be taken of the first one.
var outcomes = []workflow.Disposition{
	workflow.Archived, workflow.ToReview, workflow.Rejected, workflow.Duplicate, workflow.Alarm, workflow.NoContract, workflow.NothingFound,
	workflow.Bounced, workflow.Unprocessable,
}

// Applied counts a change that the store took.
func (m *Metrics) Applied(change workflow.Change, took time.Duration) {
	if m == nil {
		return
	}
	m.changes.Observe(took.Seconds())
	for _, entry := range change.Entries {
		if result, ok := attempts[entry.Action]; ok {
			m.deliveries.WithLabelValues(result).Inc()
		}
		if entry.Action == workflow.ActJudged {
			m.judgements.WithLabelValues(entry.Details["outcome"]).Inc()
		}
	}
}

// Stored times a document that was written as a file.
func (m *Metrics) Stored(took time.Duration) {
	if m != nil {
		m.documents.Observe(took.Seconds())
	}
}

// Took times a step that began at start.
func (m *Metrics) Took(step Step, start time.Time) {
	if m != nil {
		m.steps.WithLabelValues(string(step)).Observe(time.Since(start).Seconds())
	}
}

// Handler answers GET /metrics in the form that the caller asks for. What cannot be read is left out and logged.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4,
	}))
	return mux
}
