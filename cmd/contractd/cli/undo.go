package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"contractd/signer"
	"contractd/signer/trust"
	"contractd/workflow"
)

// undoOptions are the flags of undo.
type undoOptions struct {
	keyOptions
	out   string
	yes   bool
	force bool
}

// undone is what undo prints.
type undone struct {
	Output     string        `json:"output"`
	SHA256     workflow.Hash `json:"sha256"`
	Size       int64         `json:"size"`
	Signer     string        `json:"signer"`
	Signatures int           `json:"signatures"`
	With       int           `json:"with,omitempty"` // Revisions that went with them.
	Batch      string        `json:"batch,omitempty"`
}

func (e *env) undo() *cobra.Command {
	var options undoOptions
	cmd := &cobra.Command{
		Use:   "undo IN.pdf -o OUT.pdf --key NAME|FILE.p12|FILE.pem",
		Short: "Take the last seal off a PDF file (撤销签章)",
		Long: "undo writes the file as it was before its last batch of seals, byte for byte, with what came with them: long-term material,\n" +
			"document timestamps, prepared fields. Only the last batch can be taken back, and only by the key that made it, which\n" +
			"proves with a signature that it is present. A seal of another program goes when it is the file's last revision. IN is not changed.\n\n" +
			"Exit codes: 1 a file cannot be used; 2 wrong usage; 5 IN is not there; 6 refused: the last batch is not this key's,\n" +
			"something came after it, OUT exists, or nobody confirmed; 7 key or PIN.",
		Example: "  contractd undo sealed.pdf -o contract.pdf --key company.p12 --pin-file company.pin",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := e.runUndo(cmd.Context(), args[0], options); err != nil {
				return fmt.Errorf("undo the last seal of %s: %w", args[0], err)
			}
			return nil
		},
	}
	options.keyFlags(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&options.out, "output", "o", "", "the file to write")
	flags.BoolVar(&options.yes, "yes", false, "do not ask")
	flags.BoolVar(&options.force, "force", false, "replace OUT")
	return cmd
}

func (e *env) runUndo(ctx context.Context, in string, options undoOptions) error {
	if options.out == "" {
		return usage("name the file to write with -o", "no output")
	}
	if err := options.check(); err != nil {
		return err
	}
	document, closer, err := openPlain(in)
	if err != nil {
		return err
	}
	defer closer.Close() // Only read.
	if err := checkOutput(in, options.out, options.force); err != nil {
		return err
	}
	done, err := e.undoTo(ctx, document, options)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(done)
	}
	_, err = fmt.Fprintf(e.stdout, "%s: the last batch, signed by %s, is taken off; sha256 %s\n", done.Output, done.Signer, done.SHA256)
	return err
}

// undoTo takes the batch off in a temporary file, asks, and gives the file its name.
func (e *env) undoTo(ctx context.Context, document workflow.Document, options undoOptions) (done undone, err error) {
	cfg, err := e.configFor(options.keyOptions)
	if err != nil {
		return done, err
	}
	target, err := createOutput(options.out, options.force)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	held, err := e.openKey(ctx, options.keyOptions, cfg)
	if err != nil {
		return done, err
	}
	defer held.closer.Close() // Nothing was signed but the proof.
	if err := signer.Prove(ctx, held.signer, held.certificate); err != nil {
		return done, tokenError(err)
	}
	result, err := signer.New(signer.Config{Now: e.now}).Undo(ctx, document, document.Size, target, signer.Batch{Own: held.certificate.Equal})
	if err != nil {
		return done, undoError(err)
	}
	done = describeUndone(options.out, result)
	question := fmt.Sprintf("Take the last batch off (%d signatures by %s)?", done.Signatures, done.Signer)
	if err := e.confirm(ctx, question, options.yes); err != nil {
		return done, err
	}
	return done, target.Commit()
}

// undoError names the cure where the signer has none.
func undoError(err error) error {
	err = sealError(err)
	if workflow.HintOf(err) == "" {
		err = workflow.WithHint(err, "`contractd verify` tells what the file holds; only its last batch of seals can be taken off")
	}
	return err
}

func describeUndone(out string, result signer.Undone) undone {
	return undone{
		Output: out, SHA256: result.SHA256, Size: result.Size, Signer: nameOf(result.Certificate),
		Signatures: result.Signatures, With: result.Accompanied, Batch: result.BatchID,
	}
}

func nameOf(certificate *x509.Certificate) string {
	if certificate == nil {
		return ""
	}
	return trust.Identity(certificate).CommonName
}
