package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"contractd/cmd/contractd/api"
	"contractd/signer/render"
	"contractd/workflow"
)

// maxShown bounds what is rendered for a person, in bytes of the document.
const maxShown = 256 << 20

// current names the document that a person wants to look at: the return under review, the archived one, or ours.
func current(story api.Story) string {
	if !story.Contract.Final.IsZero() {
		return "final"
	}
	for n, receipt := range story.Receipts {
		for m, finding := range receipt.Findings {
			if story.Contract.State == workflow.StateReview && receipt.ID == story.Contract.Receipt &&
				finding.Match.Contract == story.Contract.ID && finding.Outcome == workflow.ToReview {
				return fmt.Sprintf("return-%d-%d", n+1, m+1)
			}
		}
	}
	return "sealed"
}

// writePages renders a contract's current document into a folder; of one that came back also where it differs from what was
// sent.
func (e *env) writePages(ctx context.Context, conn *connection, number string, story api.Story, dir string) (err error) {
	which := current(story)
	shown, closer, err := fetchDocument(ctx, conn, number, which)
	if err != nil {
		return fmt.Errorf("render contract %s: %w", story.Contract.Number, err)
	}
	defer func() { err = errors.Join(err, closer()) }()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := e.renderInto(ctx, shown, dir, which); err != nil || which == "sealed" {
		return err
	}
	sent, closeSent, err := fetchDocument(ctx, conn, number, "sealed")
	if err != nil {
		return fmt.Errorf("render contract %s: %w", story.Contract.Number, err)
	}
	defer func() { err = errors.Join(err, closeSent()) }()
	return e.drawDifferences(ctx, sent, shown, verdictOf(story, shown.Hash), filepath.Join(dir, which+"-differs"))
}

// verdictOf is what was found about a return; it knows where its marks are.
func verdictOf(story api.Story, document workflow.Hash) workflow.Verdict {
	for _, receipt := range story.Receipts {
		for _, finding := range receipt.Findings {
			if finding.Document.Hash == document && finding.Verdict != nil {
				return *finding.Verdict
			}
		}
	}
	return workflow.Verdict{}
}

// fetchDocument copies a document of a contract to a file that goes with closer.
func fetchDocument(ctx context.Context, conn *connection, number, which string) (document workflow.Document, closer func() error, err error) {
	body, err := conn.Document(ctx, number, which)
	if err != nil {
		return document, nil, err
	}
	defer body.Close()
	spool, err := os.CreateTemp("", "contractd-pages-*")
	if err != nil {
		return document, nil, err
	}
	closer = func() error { return errors.Join(spool.Close(), os.Remove(spool.Name())) }
	size, err := io.Copy(spool, io.LimitReader(body, maxShown+1))
	if err == nil && size > maxShown {
		err = fmt.Errorf("it is larger than %d bytes: %w", maxShown, workflow.ErrPolicy)
	}
	if err == nil {
		document, err = workflow.Identify(ctx, spool, size)
	}
	if err != nil {
		return document, nil, errors.Join(err, closer())
	}
	return document, closer, nil
}

// renderInto writes a PNG for each page.
func (e *env) renderInto(ctx context.Context, document workflow.Document, dir, which string) error {
	eyes := newEyes(e.logger(slog.LevelWarn, false))
	defer eyes.Close() // What was rendered is written.
	return eyes.Show(ctx, document, render.DefaultDPI, 0, func(page int, picture []byte) error {
		name := filepath.Join(dir, fmt.Sprintf("%s-%03d.png", which, page))
		err := writeWhole(name, true, func(w io.Writer) error { _, err := w.Write(picture); return err })
		if err == nil {
			_, err = fmt.Fprintln(e.stderr, "written:", name)
		}
		return err
	})
}

// renderCache is a folder of the user alone, for the compiled renderer; without one it is compiled anew each time.
func renderCache() string {
	base, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	dir := filepath.Join(base, "contractd", "render")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ""
	}
	return dir
}
