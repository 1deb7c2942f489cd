package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
	"contractd/workflow/decide"
)

// releaseOptions are the flags of release.
type releaseOptions struct {
	all, dryRun, yes bool
	except           []string
}

func (e *env) release() *cobra.Command {
	var options releaseOptions
	cmd := &cobra.Command{
		Use:   "release NUMBER | release --all",
		Short: "Let a held contract leave, or everything after a restore (放行)",
		Long: "release NUMBER mails a contract that was sealed with --hold or under release = \"manual\", and the letters about it that were\n" +
			"held. release --all shows every letter that waits because the store was restored or copied, because the mode was observe, or because\n" +
			"its cause was old mail; asks; lets them leave; and ends the hold. Contracts held by --hold stay. See docs/operations.md.",
		Example: "  contractd release NJ-2026-014\n  contractd release --all --dry-run\n  contractd release --all --except NJ-2026-014 --yes",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if options.all == (len(args) == 1) || !options.all && (options.dryRun || options.yes || len(options.except) > 0) {
				return workflow.WithHint(fmt.Errorf("release: want either a NUMBER alone or --all: %w", workflow.ErrUsage), "see `contractd release --help`")
			}
			if options.all {
				return e.runReleaseAll(cmd.Context(), options)
			}
			return e.runDecision(cmd.Context(), "release", args[0], api.Act{}, true)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&options.all, "all", false, "release everything, after showing it")
	flags.BoolVar(&options.dryRun, "dry-run", false, "with --all: only show what would leave")
	flags.StringSliceVar(&options.except, "except", nil, "with --all: keep the letters about this contract held; may be repeated")
	flags.BoolVar(&options.yes, "yes", false, "with --all: do not ask")
	return cmd
}

func (e *env) runReleaseAll(ctx context.Context, options releaseOptions) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	outlook, err := conn.Held(ctx)
	if err != nil {
		return err
	}
	if options.dryRun && e.json {
		return e.printJSON(outlook)
	}
	shown := e.stderr // Results alone go to standard output.
	if options.dryRun {
		shown = e.stdout
	}
	if err := printOutlook(shown, outlook, conn.zone()); err != nil || options.dryRun {
		return err
	}
	if outlook.Held || len(outlook.Letters) > 0 {
		if err := e.confirm(ctx, fmt.Sprintf("release everything (%s)?", leaving(outlook, options.except)), options.yes); err != nil {
			return err
		}
	}
	released, err := conn.Lift(ctx, decide.Lift{Seen: outlook.Seen, Except: options.except})
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(released)
	}
	_, err = fmt.Fprintf(e.stdout, "released: %s\n", leaving(released, options.except))
	return err
}

// leaving counts what leaves and what is kept.
func leaving(outlook decide.Outlook, except []string) string {
	kept := 0
	for _, one := range outlook.Letters {
		for _, number := range except {
			if one.Contract == number {
				kept++
				break
			}
		}
	}
	text := fmt.Sprintf("%d letters leave", len(outlook.Letters)-kept)
	if kept > 0 {
		text += fmt.Sprintf(", %d stay held", kept)
	}
	if outlook.Held {
		text += ", and the hold ends"
	}
	return text
}

// printOutlook shows what would leave, and what a person must compare first.
func printOutlook(w io.Writer, outlook decide.Outlook, zone *time.Location) error {
	if outlook.Held {
		fmt.Fprintf(w, "held since %s 已冻结: %s\n", moment(outlook.Hold.Since, zone), printable(outlook.Hold.Reason))
	}
	if outlook.Mode != workflow.ModeLive && outlook.Mode != "" {
		fmt.Fprintf(w, "mode: %s\n", outlook.Mode)
	}
	rows := &table{heads: []string{"CONTRACT", "LETTER", "TO", "SINCE", "STATE", "REMARK"}}
	for _, one := range outlook.Letters {
		rows.add(orElse(one.Contract, "-"), string(one.Kind), addressee(one), moment(one.Since, zone), string(one.State), remark(one))
	}
	if len(rows.rows) == 0 {
		_, err := fmt.Fprintln(w, "no letter waits 没有待发信件")
		return err
	}
	if err := rows.print(w); err != nil {
		return err
	}
	if !outlook.Held {
		return nil
	}
	text := ""
	if outlook.Hold.Rereads() {
		text = "The folders of filed mail were not read again yet: run `contractd serve` first, or returns since then are missing here.\n"
	}
	text += fmt.Sprintf("What happened after %s is not known here: another daemon may have sent these letters, and others.\n", moment(outlook.Hold.Known, zone))
	if len(outlook.Compare) > 0 {
		text += "Compare with the Sent folder and the suppliers' answers: contracts " + strings.Join(outlook.Compare, ", ") + ".\n" +
			"发出之前请与已发送邮件核对；要保留的合同用 --except NUMBER\n"
	}
	_, err := fmt.Fprint(w, text)
	return err
}

// addressee says who gets a letter.
func addressee(one decide.Waiting) string {
	switch {
	case one.Channel == workflow.ChannelSent:
		return "(Sent folder)"
	case one.Redirect != "":
		return one.Recipient + " (to " + one.Redirect + ")"
	}
	return one.Recipient
}

// remark says what to know before a letter leaves.
func remark(one decide.Waiting) string {
	if one.Maybe {
		return "may have been sent already 可能已寄出"
	}
	return one.Why
}
