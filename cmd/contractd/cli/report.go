package cli

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/templates"
	"contractd/workflow"
)

const (
	reportPages = 24 // Pictures in one report.
	reportDPI   = 72
)

// report writes what was found as one HTML file that lawyers can read and keep.
func (e *env) report(ctx context.Context, document workflow.Document, path string, verdict workflow.Verdict, settings verify.Options, options verifyOptions) error {
	language, err := languageOf(options.language)
	if err != nil {
		return err
	}
	report := templates.Report{
		Name: filepath.Base(path), Verdict: verdict, Roots: anchorsOf(settings.Roots), TSARoots: anchorsOf(settings.TSARoots),
		Revocation: string(options.policy()), Language: language, Zone: time.Local, Version: version(),
	}
	if options.against != "" {
		report.Against, report.AgainstHash = filepath.Base(options.against), settings.Sent.Document.Hash
	}
	report.Pages, err = picturesOf(ctx, e.logger(slog.LevelWarn, false), document)
	if err != nil { // A file that cannot be shown is reported all the same.
		fmt.Fprintln(e.stderr, "note: the report shows no pages:", err)
	}
	report.More = max(0, verdict.Pages-len(report.Pages))
	return writeWhole(options.html, options.force, report.Write)
}

// picturesOf renders the first pages.
func picturesOf(ctx context.Context, log *slog.Logger, document workflow.Document) (pages []templates.Page, err error) {
	eyes := newEyes(log)
	defer eyes.Close() // What was rendered is in hand.
	err = eyes.Show(ctx, document, reportDPI, reportPages, func(n int, picture []byte) error {
		pages = append(pages, templates.Page{Number: n, PNG: picture})
		return nil
	})
	return pages, err
}

func anchorsOf(anchors *trust.Anchors) []templates.Anchor {
	if anchors == nil {
		return nil
	}
	var all []templates.Anchor
	for _, cert := range anchors.Certificates() {
		all = append(all, templates.Anchor{Name: cert.Subject.String(), Fingerprint: workflow.HashOf(cert.Raw)})
	}
	return all
}
