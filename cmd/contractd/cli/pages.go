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

// writePages renders a contract's current document into a folder.
func (e *env) writePages(ctx context.Context, conn *connection, number string, story api.Story, dir string) (err error) {
	contract, which := story.Contract, current(story)
	body, err := conn.Document(ctx, number, which)
	if err != nil {
		return err
	}
	defer body.Close()
	spool, err := os.CreateTemp("", "contractd-pages-*")
	if err != nil {
		return fmt.Errorf("render contract %s: %w", contract.Number, err)
	}
	defer func() { err = errors.Join(err, spool.Close(), os.Remove(spool.Name())) }()
	size, err := io.Copy(spool, io.LimitReader(body, maxShown+1))
	if err != nil {
		return fmt.Errorf("render contract %s: %w", contract.Number, err)
	}
	if size > maxShown {
		return fmt.Errorf("render contract %s: it is larger than %d bytes: %w", contract.Number, maxShown, workflow.ErrPolicy)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return e.renderInto(ctx, spool, size, dir, which)
}

// renderInto writes a PNG for each page.
func (e *env) renderInto(ctx context.Context, in io.ReaderAt, size int64, dir, which string) error {
	document, err := workflow.Identify(ctx, in, size)
	if err != nil {
		return err
	}
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
