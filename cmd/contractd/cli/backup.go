package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"contractd/store/backup"
	"contractd/workflow"
)

func (e *env) backup() *cobra.Command {
	return &cobra.Command{
		Use:   "backup OUT.tar",
		Short: "Write everything that is stored into one file (备份)",
		Long: "backup writes the store as it stands at one moment into a new file, or to standard output as -, while a daemon goes on\n" +
			"working. What is written is read back on the way and compared with its hashes. Keep the file as you keep contracts: they stand\n" +
			"in it in clear. It holds neither the configuration nor keys, PINs or passwords: keep those yourself. See docs/operations.md.",
		Example: "  contractd backup /backup/contractd-$(date +%F).tar\n  contractd backup - | age -r age1… > contractd.tar.age",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return e.runBackup(cmd.Context(), args[0]) },
	}
}

func (e *env) runBackup(ctx context.Context, path string) (err error) {
	if path == "-" {
		return e.streamBackup(ctx, e.stdout, nil)
	}
	if err := checkOutput("", path, false); err != nil {
		return workflow.WithHint(err, "name a new file; a backup replaces nothing")
	}
	out, err := createOutput(path, false)
	if err != nil {
		return workflow.WithHint(err, "name a file in a folder that exists and in which you may write")
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := out.Chmod(0o600); err != nil { // Before anything is in it.
		return fmt.Errorf("write %s: %w", path, err)
	}
	return e.streamBackup(ctx, out.File, func(manifest backup.Manifest) error {
		if err := out.Commit(); err != nil {
			return err
		}
		return e.tellBackup(path, manifest)
	})
}

// streamBackup writes a backup, reading it as a restore would.
func (e *env) streamBackup(ctx context.Context, w io.Writer, done func(backup.Manifest) error) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	stream, err := conn.Backup(ctx)
	if err != nil {
		return err
	}
	defer stream.Close() // Read to its end, or given up.
	out := &target{Writer: w}
	manifest, err := backup.Read(ctx, io.TeeReader(stream, out), nowhere{})
	if out.err != nil {
		return workflow.WithHint(fmt.Errorf("write the backup: %w", out.err), "make room where it is written, or name another place; nothing is wrong with the store")
	}
	if err != nil {
		return workflow.WithHint(fmt.Errorf("back up the store: %w", err), "what was written is not whole; see the daemon's log, and run `contractd archive check`")
	}
	if done == nil {
		return nil
	}
	return done(manifest)
}

// target tells the faults of the place where a backup is written from those of the backup.
type target struct {
	io.Writer
	err error
}

func (t *target) Write(p []byte) (int, error) {
	n, err := t.Writer.Write(p)
	t.err = errors.Join(t.err, err)
	return n, err
}

// nowhere is a sink for which reading is enough.
type nowhere struct{}

func (nowhere) Database(_ context.Context, _ workflow.Ref, content io.Reader) error {
	_, err := io.Copy(io.Discard, content)
	return err
}

func (nowhere) Document(ctx context.Context, ref workflow.Ref, content io.Reader) error {
	return nowhere{}.Database(ctx, ref, content)
}

// backupSummary is what is printed of a backup.
type backupSummary struct {
	File      string        `json:"file"`
	Made      time.Time     `json:"made"`
	Program   string        `json:"program"`
	Schema    int           `json:"schema"`
	Sequence  uint64        `json:"sequence"`
	Head      workflow.Hash `json:"head"`
	Documents int           `json:"documents"` // Beside the database, which has the small ones.
	Bytes     int64         `json:"bytes"`
}

func summaryOf(path string, m backup.Manifest) backupSummary {
	return backupSummary{path, m.Made, m.Program, m.Schema, m.Sequence, m.Head, len(m.Documents), m.Bytes()}
}

func (s backupSummary) String() string {
	return fmt.Sprintf("%d journal entries up to %s, database and %d large documents, %d bytes", s.Sequence, s.Head.Short(), s.Documents, s.Bytes)
}

func (e *env) tellBackup(path string, manifest backup.Manifest) error {
	summary := summaryOf(path, manifest)
	if e.json {
		return e.printJSON(summary)
	}
	_, err := fmt.Fprintf(e.stdout, "backed up to %s: %s\n", path, summary)
	return err
}
