package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/config"
	"contractd/store/backup"
	"contractd/store/bolt"
	"contractd/store/check"
	"contractd/store/documents"
	"contractd/workflow"
	"contractd/workflow/decide"
)

func (e *env) restore() *cobra.Command {
	var into string
	cmd := &cobra.Command{
		Use:   "restore IN.tar [--into DIR]",
		Short: "Build the store from a backup, in an empty folder (恢复)",
		Long: "restore reads a backup (- is standard input) into the data folder of the configuration, or into DIR, which must be empty.\n" +
			"Every hash is compared and the whole store checked before it is put in place. A restored store is held: no letter leaves and nothing\n" +
			"is moved on the mail server until `contractd release --all`, because what happened after the backup is not known. See docs/operations.md.",
		Example: "  contractd restore /backup/contractd-2026-11-23.tar\n  contractd restore /backup/contractd-2026-11-23.tar --into /srv/contractd-trial",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return e.runRestore(cmd.Context(), args[0], into) },
	}
	cmd.Flags().StringVar(&into, "into", "", "build it in this folder instead of data_dir")
	return cmd
}

func (e *env) runRestore(ctx context.Context, path, into string) (err error) {
	if into == "" {
		cfg, err := e.load()
		if err != nil {
			return err
		}
		into = cfg.DataDir
	}
	in, err := e.openBackup(path)
	if err != nil {
		return err
	}
	defer in.Close() // Only read.
	// A folder that is nobody's store yet may be named by mistake: nothing of it is changed before it is known to be empty.
	if _, err := os.Stat(filepath.Join(into, "lock")); err != nil {
		if err := emptyBut(into, "lock"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := ownFolder(into); err != nil {
		return err
	}
	owner, err := bolt.Lock(into, version())
	if err != nil {
		return workflow.WithHint(fmt.Errorf("restore into %s: %w: %w", into, err, workflow.ErrPolicy), "stop the daemon that has this folder, or name an empty one with --into")
	}
	defer func() { err = errors.Join(err, owner.Release()) }()
	if err := emptyBut(into, "lock"); err != nil {
		return err
	}
	r := &restoration{env: e, dir: into, work: filepath.Join(into, restoringName)}
	manifest, err := r.build(ctx, in)
	if err != nil {
		return errors.Join(fmt.Errorf("restore %s: %w", path, err), os.RemoveAll(r.work))
	}
	if err := r.place(); err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	return e.tellRestore(path, into, manifest)
}

func (e *env) openBackup(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(e.stdin), nil
	}
	in, err := openInput(path)
	if err != nil {
		return nil, workflow.WithHint(err, "check the file's name; `-` reads a backup from standard input")
	}
	return in, nil
}

// emptyBut refuses a folder with anything in it but that file.
func emptyBut(dir, allowed string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into %s: %w", dir, err)
	}
	for _, entry := range entries {
		if entry.Name() == restoringName {
			return unfinished(dir)
		}
		if entry.Name() != allowed {
			return workflow.WithHint(fmt.Errorf("restore into %s: it is not empty, it holds %s: %w", dir, entry.Name(), workflow.ErrExists),
				"move away what is in it (keep it: it may be all there is), or name an empty folder with --into")
		}
	}
	return nil
}

// restoration builds a store in a folder of its own within the data folder, so that one rename completes it.
type restoration struct {
	env    *env
	dir    string
	work   string
	folder *documents.Folder
}

// build unpacks, checks and holds the store.
func (r *restoration) build(ctx context.Context, in io.Reader) (backup.Manifest, error) {
	if err := os.Mkdir(r.work, 0o700); err != nil {
		return backup.Manifest{}, err
	}
	var err error
	if r.folder, err = documents.Open(filepath.Join(r.work, "documents")); err != nil {
		return backup.Manifest{}, err
	}
	manifest, err := backup.Read(ctx, in, r)
	if err != nil {
		return manifest, err
	}
	ledger, err := bolt.Open(ctx, bolt.Options{Path: r.database(), InlineMax: bolt.NoInline, Blobs: r.folder, Fatal: documents.ErrSync, Now: r.env.now})
	if err != nil {
		return manifest, err
	}
	return manifest, errors.Join(r.examine(ctx, ledger, manifest), ledger.Close())
}

func (r *restoration) database() string { return filepath.Join(r.work, "contractd.db") }

// examine checks the store as `archive check` does, then holds it.
func (r *restoration) examine(ctx context.Context, ledger *bolt.Ledger, manifest backup.Manifest) error {
	report, err := check.Check(ctx, ledger.Source())
	if err != nil {
		return err
	}
	for _, finding := range report.Findings {
		if finding.Kind != check.KindOrphan {
			return workflow.WithHint(fmt.Errorf("the store in it fails its check (%d findings): %s %s: %s: %w", len(report.Findings), finding.Kind, finding.Subject, finding.Detail, workflow.ErrDamaged),
				"take an older backup; nothing was restored")
		}
	}
	if report.Head.Hash != manifest.Head || report.Head.Sequence != manifest.Sequence {
		return workflow.WithHint(fmt.Errorf("its journal ends with entry %d, the manifest says %d: %w", report.Head.Sequence, manifest.Sequence, workflow.ErrDamaged), "take an older backup; nothing was restored")
	}
	hold, err := knownUntil(ctx, ledger)
	if err != nil {
		return err
	}
	if hold.Identity, err = bolt.Identity(r.database()); err != nil {
		return fmt.Errorf("name the restored database: %w", err)
	}
	hold.Known = manifest.Made
	hold.Reason = "restored from the backup of " + manifest.Made.UTC().Format(time.RFC3339)
	stopper := decide.Stopper{Ledger: ledger, Now: r.env.now}
	return stopper.Stop(ctx, r.env.restorer(), hold)
}

// restorer is who restores, by the configuration where there is one: a restored house may have none yet.
func (e *env) restorer() workflow.Actor {
	cfg, err := e.load()
	if err != nil {
		cfg = config.Default()
	}
	return actorFor(cfg, os.Geteuid())
}

// Database implements backup.Sink.
func (r *restoration) Database(ctx context.Context, ref workflow.Ref, content io.Reader) error {
	file, err := os.OpenFile(r.database(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// Document implements backup.Sink.
func (r *restoration) Document(ctx context.Context, ref workflow.Ref, content io.Reader) error {
	return r.folder.Put(ctx, ref.Hash, ref.Size, content)
}

// place puts the store where it belongs; the database comes last, for without it there is no store. Until the work folder
// is gone nobody opens what stands there.
func (r *restoration) place() error {
	for _, name := range []string{"documents", "contractd.db"} {
		if err := os.Rename(filepath.Join(r.work, name), filepath.Join(r.dir, name)); err != nil {
			return err
		}
		if err := syncFolder(r.dir); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(r.work); err != nil {
		return err
	}
	return syncFolder(r.dir)
}

func (e *env) tellRestore(path, into string, manifest backup.Manifest) error {
	summary := summaryOf(path, manifest)
	if e.json {
		return e.printJSON(struct {
			backupSummary
			Into string `json:"into"`
			Held bool   `json:"held"`
		}{summary, into, true})
	}
	_, err := fmt.Fprintf(e.stdout, "restored %s into %s: %s\n"+
		"The store is held (已冻结): nothing leaves and nothing is moved on the mail server. Next:\n"+
		"  contractd serve                    reads the mailbox, and what was filed since the backup\n"+
		"  contractd release --all --dry-run  shows what would leave\n", path, into, summary)
	return err
}
