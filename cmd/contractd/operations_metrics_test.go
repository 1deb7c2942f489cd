package main_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

var metricLine = regexp.MustCompile("(?m)^\\| `(contractd_[a-z_]+)")

// checkMetrics holds what is exposed to the documentation, to Prometheus' conventions, and to what was played.
func (x *exchange) checkMetrics(address string) {
	x.Helper()
	response, err := http.Get("http://" + address + "/metrics")
	check(x.T, err)
	defer response.Body.Close() // It was read to its end.
	text, err := io.ReadAll(response.Body)
	check(x.T, err)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	check(x.T, err)
	problems, err := promlint.New(bytes.NewReader(text)).Lint()
	check(x.T, err)
	if len(problems) > 0 {
		x.Errorf("against the conventions: %v", problems)
	}
	var exposed, documented []string
	for name := range maps.Keys(families) {
		if strings.HasPrefix(name, "contractd_") {
			exposed = append(exposed, name)
		}
	}
	for _, line := range metricLine.FindAllStringSubmatch(pages(x.T)["docs/operations.md"], -1) {
		documented = append(documented, line[1])
	}
	slices.Sort(exposed)
	slices.Sort(documented)
	if !slices.Equal(exposed, documented) {
		x.Errorf("exposed:\n%s\ndocumented:\n%s", strings.Join(exposed, "\n"), strings.Join(documented, "\n"))
	}
	for metric, want := range map[string]float64{
		"contractd_contracts/archived": 1, "contractd_contracts/withdrawn": 1, "contractd_contracts/sent": 2, "contractd_judgements_total/archived": 1,
		"contractd_delivery_attempts_total/deferred": 1, "contractd_step_duration_seconds/seal": 10, "contractd_step_duration_seconds/key": 10,
		"contractd_mailbox_up/": 1, "contractd_hold/": 0, "contractd_mail_mode/live": 1,
	} {
		name, label, _ := strings.Cut(metric, "/")
		if got := valueOf(families[name], label); got != want {
			x.Errorf("%s is %g, want %g", metric, got, want)
		}
	}
	if valueOf(families["contractd_disk_free_bytes"], "") <= 0 || valueOf(families["contractd_store_commits_total"], "") < 20 {
		x.Error("no room, or no commits")
	}
	if response, err := http.Get("http://" + address + "/v1/status"); err != nil || response.StatusCode != http.StatusNotFound {
		x.Errorf("something else is served: %v, %v", response, err)
	}
}

// valueOf returns the value of the metric with the label's value; of a histogram, how many were observed.
func valueOf(family *dto.MetricFamily, label string) float64 {
	for _, metric := range family.GetMetric() {
		if len(metric.Label) > 0 && metric.Label[0].GetValue() != label {
			continue
		}
		if metric.Histogram != nil {
			return float64(metric.Histogram.GetSampleCount())
		}
		return metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + metric.GetUntyped().GetValue()
	}
	return -1
}
