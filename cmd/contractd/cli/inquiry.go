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
	"contractd/workflow"
)

// inquiry verifies files and asks the authorities what their verdicts hang on.
type inquiry struct {
	mode    trust.RevocationMode
	hosts   []string
	extra   []string       // Extensions that carry identity numbers.
	fetcher *trust.Fetcher // nil: only what files carry counts.
	log     *slog.Logger
	judge   judge // nil: in this process.
}

// judge is verify.Verify, here or elsewhere.
type judge = func(ctx context.Context, document workflow.Document, options verify.Options) (workflow.Verdict, error)

const (
	keepFetched   = 60 * 24 * time.Hour // Nothing in the cache is used for longer.
	maxRounds     = 3                   // An issuer leads to its list, which may lead to another issuer.
	maxAsked      = 64                  // Of one file.
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
	if err := cache.Prune(now().Add(-keepFetched)); err != nil {
		return nil, err
	}
	q.fetcher = &trust.Fetcher{Guard: trust.Guard{Private: rules.PrivateHosts}, Cache: cache, Now: now}
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
	if q.fetcher == nil {
		return nil
	}
	return q.fetcher.Close()
}
