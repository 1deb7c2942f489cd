package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"contractd/workflow"
	"contractd/workflow/outbound"
)

// sendOptions are the flags of send.
type sendOptions struct {
	order    outbound.Order
	supplier string
	amount   string
	deadline string
	template string
	data     string
	csv      string
	parallel int
}

func (e *env) send() *cobra.Command {
	var options sendOptions
	cmd := &cobra.Command{
		Use:   "send FILE.pdf --to SUPPLIER --number NUMBER | send --template NAME --data FILE [--csv FILE]",
		Short: "Seal a contract and mail it to a supplier (签章并寄出)",
		Long: "send records the PDF, seals it with every configured key, checks the result with two implementations, and hands\n" +
			"the letter to the daemon. Where a key is missing the contract waits; `contractd seal NUMBER --key KEY` goes on.\n\n" +
			"--template makes the PDF itself, from data in JSON, which say number, title and deadline; `purchase` (采购合同) is embedded. --csv makes\n" +
			"one for each line: a column is named supplier, or by the way to a value in the data, such as number, seller.name or items.0.price.\n" +
			"The list is read as a whole before anything is sealed. An interrupted run is repeated with the same command: nothing is sealed\n" +
			"twice. A token that is lost on the way is waited for.",
		Example: "  contractd send 采购合同.pdf --to huaxin --number NJ-2026-014 --title 采购合同 --deadline 2026-12-31 --amount 128000\n" +
			"  contractd send contract.pdf --to acme --number A-7 --hold      # look at it first, then `contractd release A-7`\n" +
			"  contractd send --template purchase --data common.json --csv contracts.csv",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := options.check(args); err != nil {
				return misspelt(cmd, err)
			}
			if options.template != "" {
				return e.runFilled(cmd.Context(), options)
			}
			return e.runSend(cmd.Context(), args[0], options)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.supplier, "to", "", "short name of the supplier")
	flags.StringVar(&options.order.Number, "number", "", "the contract's number")
	flags.StringVar(&options.order.Title, "title", "", "the contract's title, shown in the letter")
	flags.StringVar(&options.deadline, "deadline", "", "when the return is due: 2026-12-31 or RFC 3339 (default from [contracts] deadline)")
	flags.StringVar(&options.amount, "amount", "", "the contract's amount, such as 1200.50 or \"1200.50 CNY\"")
	flags.BoolVar(&options.order.Hold, "hold", false, "seal it, but mail nothing until contractd release")
	flags.BoolVar(&options.order.Confirm, "confirm", false, "do not archive the return without a person's approval")
	flags.BoolVar(&options.order.Elsewhere, "already-sealed", false, "FILE bears our seals, made by another program: verify them, and mail it as it is")
	flags.StringVar(&options.order.Request, "request", "", "idempotency key: a repeated command makes no second contract")
	flags.StringVar(&options.template, "template", "", "make the PDF from this template: purchase, or a file")
	flags.StringVar(&options.data, "data", "", "with --template: JSON file with what the contract says")
	flags.StringVar(&options.csv, "csv", "", "with --template: make a contract for each line of this list")
	flags.IntVar(&options.parallel, "parallel", 4, "with --csv: how many contracts at once; tokens take their share by [[keys]] sessions")
	return cmd
}

func (e *env) runSend(ctx context.Context, path string, options sendOptions) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	order, err := options.complete(cfg.Company.Timezone.Location())
	if err != nil {
		return err
	}
	draft, err := openInput(path)
	if err != nil {
		return err
	}
	defer draft.Close()
	if order.Title == "" {
		order.Title = titleOf(path)
	}
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	recorded := false
	contract, err := conn.Send(ctx, order, draft, func(step, detail string) {
		recorded = recorded || step == "recorded"
		e.progress(step, detail)
	})
	if recorded && errors.Is(err, context.Canceled) {
		return workflow.WithHint(err, "contract "+order.Number+" is recorded; `contractd seal "+order.Number+"` goes on")
	}
	if err != nil {
		return err
	}
	return e.sent(ctx, conn, contract)
}

// check refuses what does not go together.
func (o sendOptions) check(args []string) error {
	switch {
	case o.template == "" && (o.data != "" || o.csv != ""):
		return fmt.Errorf("--data and --csv are for --template")
	case o.template != "" && (len(args) > 0 || o.order.Number != "" || o.order.Title != "" || o.amount != "" || o.deadline != ""):
		return fmt.Errorf("with --template the data say everything but supplier and policy")
	case o.template != "" && o.data == "" && o.csv == "":
		return fmt.Errorf("--template needs --data or --csv")
	case o.template != "" && o.order.Elsewhere:
		return fmt.Errorf("--already-sealed needs a FILE")
	case o.template != "" && (o.parallel < 1 || o.parallel > 64):
		return fmt.Errorf("--parallel %d: want 1 to 64", o.parallel)
	case o.template != "":
		return nil
	case len(args) != 1:
		return fmt.Errorf("accepts 1 arg(s), received %d", len(args))
	case o.supplier == "":
		return fmt.Errorf(`required flag(s) "to" not set`)
	case o.order.Number == "":
		return fmt.Errorf(`required flag(s) "number" not set`)
	}
	return nil
}

// complete reads what the flags say.
func (o sendOptions) complete(zone *time.Location) (outbound.Order, error) {
	order := o.order
	order.Supplier = workflow.SupplierID(o.supplier)
	var err error
	if o.amount != "" {
		if order.Amount, err = workflow.ParseAmount(o.amount); err != nil {
			return order, err
		}
	}
	if o.deadline != "" {
		order.Deadline, err = parseDay(o.deadline, zone, true)
	}
	return order, err
}

// parseDay reads a day or a moment; a day means its last second where end is set, else its first.
func parseDay(text string, zone *time.Location, end bool) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("read date %q: want 2026-12-31 or RFC 3339: %w", text, workflow.ErrUsage)
	}
	if end {
		return endOfDay(at, zone), nil
	}
	return at, nil
}

// endOfDay returns the last second of a moment's day in the zone.
func endOfDay(at time.Time, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day, 23, 59, 59, 0, zone)
}

// openInput opens a file that a person named.
func openInput(path string) (*os.File, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open %s: %w", path, workflow.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("open %s: not a regular file: %w", path, workflow.ErrUsage)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// progress tells a person on stderr what is being done.
func (e *env) progress(step, detail string) {
	words := map[string]string{
		"recorded": "recorded 已登记", "seal": "sealing with key 签章", "check": "checking the seals 自检", "compose": "writing the letter 拟信", "warning": "warning 注意",
	}
	if text, ok := words[step]; ok {
		step = text
	}
	fmt.Fprintf(e.stderr, "%s: %s\n", step, detail)
}

// sent prints where a contract stands after sealing.
func (e *env) sent(ctx context.Context, conn *connection, contract workflow.Contract) error {
	if e.json {
		return e.printJSON(contract)
	}
	health, _ := conn.Status(ctx) // Only for the words: the contract is recorded, whether this can be told or not.
	next := "queued, leaves when `contractd serve` runs"
	switch {
	case health.Hold != nil:
		next = "HELD 已冻结 with everything else: " + health.Hold.Reason + "; see `contractd release --all --dry-run`"
	case health.Mode == workflow.ModeObserve:
		next = "written and not sent: the mode is observe 只观察"
	case contract.Hold:
		next = "held until `contractd release " + contract.Number + "`"
	case conn.daemon:
		next = "queued, the daemon is sending it"
	}
	_, err := fmt.Fprintf(e.stdout, "contract %s is %s (%s); %s\nsealed file: %s, %d bytes; return due %s\n",
		contract.Number, contract.State, stateText(contract.State), next, contract.Sealed().Hash, contract.Sealed().Size, moment(contract.Deadline, conn.zone()))
	return err
}
