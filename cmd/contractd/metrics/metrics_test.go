package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/cmd/contractd/metrics"
	"contractd/workflow"
)

func sources(health api.Health, err error) metrics.Sources {
	now := time.Unix(1_000_000, 0)
	return metrics.Sources{
		Health:  func(context.Context) (api.Health, error) { return health, err },
		Ages:    func() map[string]time.Duration { return map[string]time.Duration{"judge": 90 * time.Second} },
		Commits: func() (int64, time.Duration) { return 7, 1500 * time.Millisecond },
		Now:     func() time.Time { return now },
	}
}

// read asks as Prometheus does.
func read(t *testing.T, m *metrics.Metrics, log *bytes.Buffer) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler(slog.New(slog.NewTextHandler(log, nil))).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("answer %d: %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

func TestWhatHappenedIsCounted(t *testing.T) {
	m := metrics.New("1.2", sources(api.Health{
		Contracts: map[workflow.State]int{workflow.StateSent: 3}, OldestLetter: time.Unix(999_940, 0), OldestArrival: time.Unix(1_000_060, 0),
		LastPoll: time.Unix(999_000, 0), MailboxError: "refused", Disk: &api.Disk{Free: 5}, Mode: workflow.ModeObserve, Hold: &workflow.Hold{}, Alarms: []string{"a", "b"},
	}, nil))
	m.Applied(workflow.Change{Entries: []workflow.Entry{
		{Action: workflow.ActAccepted}, {Action: workflow.ActAccepted}, {Action: workflow.ActRefused},
		{Action: workflow.ActJudged, Details: map[string]string{"outcome": string(workflow.Alarm)}},
	}}, 3*time.Millisecond)
	m.Stored(time.Second)
	m.Took(metrics.StepKey, time.Now())
	text := read(t, m, &bytes.Buffer{})
	for _, want := range []string{
		`contractd_contracts{state="sent"} 3`, `contractd_contracts{state="draft"} 0`, "contractd_deliveries_oldest_age_seconds 60", "contractd_arrivals_oldest_age_seconds 0",
		"contractd_mailbox_polled_timestamp_seconds 999000", "contractd_mailbox_up 0", "contractd_disk_free_bytes 5", `contractd_mail_mode{mode="observe"} 1`,
		`contractd_mail_mode{mode="live"} 0`, "contractd_hold 1", "contractd_alarms 2", `contractd_loop_age_seconds{loop="judge"} 90`, "contractd_store_commits_total 7",
		"contractd_store_write_seconds_total 1.5", `contractd_delivery_attempts_total{result="accepted"} 2`, `contractd_delivery_attempts_total{result="refused"} 1`,
		`contractd_delivery_attempts_total{result="deferred"} 0`, `contractd_judgements_total{outcome="alarm"} 1`, `contractd_judgements_total{outcome="archived"} 0`,
		`contractd_store_change_duration_seconds_bucket{le="0.005"} 1`, "contractd_store_document_duration_seconds_sum 1", `contractd_step_duration_seconds_count{step="key"} 1`,
		`contractd_step_duration_seconds_count{step="seal"} 0`, `version="1.2"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not told", want)
		}
	}
}

func TestAStoreThatCannotBeReadHidesNothingElse(t *testing.T) {
	var log bytes.Buffer
	m := metrics.New("1", sources(api.Health{}, errors.New("store is damaged")))
	text := read(t, m, &log)
	if strings.Contains(text, "contractd_contracts{") || !strings.Contains(text, "contractd_loop_age_seconds") || !strings.Contains(log.String(), "store is damaged") {
		t.Errorf("log %s\n%s", &log, text)
	}
}

func TestNoMetricsCountNothing(t *testing.T) {
	var none *metrics.Metrics
	none.Applied(workflow.Change{}, 0)
	none.Stored(0)
	none.Took(metrics.StepMail, time.Now())
}
