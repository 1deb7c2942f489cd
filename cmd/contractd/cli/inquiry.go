package cli

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/signer/worker"
	"contractd/workflow"
)

// inquiry verifies files and asks the authorities what their verdicts hang on.
type inquiry struct {
	mode    trust.RevocationMode
	hosts   []string
	extra   []string       // Extensions that carry identity numbers.
	fetcher fetcher        // nil: only what files carry counts.
	web     *trust.Fetcher // The fetcher, where it is in this process; else nil.
	log     *slog.Logger
	judge   judge  // nil: in this process.
	begun   func() // Waits until what needs rights has started; nil: nothing does.
}

// fetcher asks authorities, here or elsewhere.
type fetcher interface {
	// Fetch adds to evidence what it had. Its errors say what it had not, one for each such want; they change no verdict.
	Fetch(ctx context.Context, wants []trust.Want, evidence *trust.Evidence) []error
}

// judge is verify.Verify, here or elsewhere.
type judge = func(ctx context.Context, document workflow.Document, options verify.Options) (workflow.Verdict, error)

const (
	maxRounds     = 3  // An issuer leads to its list, which may lead to another issuer.
	maxAsked      = 64 // Of one file.
	inquiryPeriod = 40 * time.Second
)

// newInquiry prepares asking; nothing is asked yet.
func newInquiry(rules config.Trust, cacheDir string, now func() time.Time, log *slog.Logger) (*inquiry, error) {
	q := &inquiry{mode: trust.RevocationMode(rules.Revocation), hosts: rules.IssuerHosts, extra: rules.IdentityExtensions, log: log}
	if q.mode == trust.RevocationOff {
		return q, nil
	}
	cache, err := trust.NewCache(cacheDir)
	if err != nil {
		return nil, err
	}
	if err := cache.Prune(now().Add(-worker.KeepFetched)); err != nil {
		return nil, err
	}
	q.web = &trust.Fetcher{Guard: trust.Guard{Private: rules.PrivateHosts}, Cache: cache, Now: now}
	q.fetcher = q.web
	return q, nil
}

// verify judges a document, and again with what was fetched meanwhile. What cannot be had leaves the verdict as it is.
func (q *inquiry) verify(ctx context.Context, document workflow.Document, options verify.Options) (workflow.Verdict, error) {
	options.Revocation, options.Hosts, options.IdentityExtensions = q.mode, q.hosts, q.extra
	judge := q.judge
	if judge == nil {
		judge = verify.Verify
	}
	var asked []string
	for range maxRounds {
		var wants []trust.Want
		if q.fetcher != nil {
			options.Want = func(want trust.Want) {
				if name := wantName(want); !slices.Contains(asked, name) && len(asked) < maxAsked {
					asked, wants = append(asked, name), append(wants, want)
				}
			}
		}
		verdict, err := judge(ctx, document, options)
		if err != nil || len(wants) == 0 || verdict.Verdict == workflow.Failed {
			return verdict, err
		}
		if !q.fetch(ctx, wants, &options.Evidence) {
			return verdict, nil
		}
	}
	options.Want = nil
	return judge(ctx, document, options)
}

// fetch reports whether anything was had.
func (q *inquiry) fetch(ctx context.Context, wants []trust.Want, evidence *trust.Evidence) bool {
	ctx, cancel := context.WithTimeout(ctx, inquiryPeriod)
	defer cancel()
	failures := q.fetcher.Fetch(ctx, wants, evidence)
	for _, failure := range failures {
		q.log.Warn("revocation data not fetched", "error", failure)
	}
	return len(failures) < len(wants)
}

// wantName tells wants apart.
func wantName(want trust.Want) string {
	return fmt.Sprint(want.Kind, want.URLs, workflow.HashOf(want.Body))
}

// Close ends idle connections.
func (q *inquiry) Close() error {
	if q.web == nil {
		return nil
	}
	return q.web.Close()
}
