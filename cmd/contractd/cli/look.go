package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"contractd/signer/worker"
	"contractd/workflow"
)

// looks says whether the pages are to be compared, too.
func (o verifyOptions) looks() bool { return o.against != "" && (o.look || o.diff != "") }

// checkLook refuses what has nothing to compare with.
func (o verifyOptions) checkLook() error {
	if o.diff != "" && o.against == "" {
		return usage("name what was sent with --against", "--diff has nothing to compare with")
	}
	return nil
}

// compareLooks has the second reader look at a return that passed. For pictures of the differences it looks at any that can be
// read, without a say in the verdict.
func (e *env) compareLooks(ctx context.Context, sent, returned workflow.Document, verdict *workflow.Verdict, options verifyOptions) error {
	if verdict.Verdict != workflow.Passed && options.diff == "" {
		return nil
	}
	eyes := newEyes(e.logger(slog.LevelWarn, false))
	defer eyes.Close() // What was seen is in hand.
	if options.diff == "" {
		return eyes.Look(ctx, sent, returned, verdict)
	}
	seen := verdict
	if verdict.Verdict != workflow.Passed {
		apart := *verdict
		apart.Causes, apart.Reasons = nil, nil
		seen = &apart
	}
	changed, left, err := eyes.LookClosely(ctx, sent, returned, seen)
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		if err := os.MkdirAll(options.diff, 0o700); err != nil {
			return fmt.Errorf("write differences: %w", err)
		}
	}
	return e.writeChanged(changed, left, filepath.Join(options.diff, "page"), options.force)
}

// drawDifferences writes pictures of where a return differs from what was sent, under names that begin so.
func (e *env) drawDifferences(ctx context.Context, sent, returned workflow.Document, verdict workflow.Verdict, name string) error {
	eyes := newEyes(e.logger(slog.LevelWarn, false))
	defer eyes.Close() // What was seen is in hand.
	changed, left, err := eyes.LookClosely(ctx, sent, returned, &verdict)
	if err != nil {
		return err
	}
	return e.writeChanged(changed, left, name, true)
}

// writeChanged writes a PNG for each changed page.
func (e *env) writeChanged(changed []worker.Picture, left int, begin string, force bool) error {
	for _, picture := range changed {
		name := fmt.Sprintf("%s-%03d.png", begin, picture.Page)
		err := writeWhole(name, force, func(w io.Writer) error { _, err := w.Write(picture.PNG); return err })
		if err != nil {
			return err
		}
		fmt.Fprintln(e.stderr, "written:", name)
	}
	if left > 0 {
		fmt.Fprintf(e.stderr, "note: %d more pages differ, without a picture\n", left)
	}
	return nil
}
