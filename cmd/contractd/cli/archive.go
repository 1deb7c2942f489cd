package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"contractd/store/check"
	"contractd/workflow"
)

func (e *env) archive() *cobra.Command {
	cmd := &cobra.Command{
		Use: "archive", Short: "Find, open and check what is kept (归档查询)",
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	show := e.show()
	show.Short = "One contract's whole story; the same as `contractd show`"
	cmd.AddCommand(e.archiveQuery(), show, e.archiveOpen(), e.archiveExport(), e.archiveCheck())
	return cmd
}

// queryOptions are the flags of archive query.
type queryOptions struct {
	filter   workflow.ContractFilter
	supplier string
	states   []string
	from, to string
	csv      bool
}

func (e *env) archiveQuery() *cobra.Command {
	var options queryOptions
	cmd := &cobra.Command{
		Use:   "query [TEXT]",
		Short: "List contracts by supplier, number, state, date or text (查询)",
		Long: "query lists contracts, newest first, and says on stderr how many matched. TEXT is looked for in number, title and supplier.\n" +
			"Every state is listed unless --state narrows it.",
		Example: "  contractd archive query --supplier huaxin --state archived --from 2026-01-01 --to 2026-12-31\n" +
			"  contractd archive query --number 'NJ-2026-*' --csv > contracts.csv",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			options.filter.Text = strings.Join(args, " ")
			return e.runQuery(cmd.Context(), options)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.supplier, "supplier", "", "short name of the supplier")
	flags.StringVar(&options.filter.Owner, "owner", "", "name of the person whose it is")
	flags.StringVar(&options.filter.Number, "number", "", "number, with * and ? as in file names")
	flags.StringSliceVar(&options.states, "state", nil, "draft, sealed, sent, review, undeliverable, expired, archived, withdrawn (repeatable)")
	flags.StringVar(&options.from, "from", "", "created on or after this day (2026-01-31) or moment (RFC 3339)")
	flags.StringVar(&options.to, "to", "", "created on or before")
	flags.IntVar(&options.filter.Limit, "limit", 0, "at most so many; 0 means all")
	flags.BoolVar(&options.csv, "csv", false, "print CSV for spreadsheets: UTF-8 with byte order mark; an apostrophe precedes what they would take for a formula")
	return cmd
}

func (o queryOptions) complete(zone *time.Location) (workflow.ContractFilter, error) {
	filter := o.filter
	filter.Supplier = workflow.SupplierID(o.supplier)
	for _, state := range o.states {
		if !workflow.State(state).Valid() {
			return filter, workflow.WithHint(fmt.Errorf("filter by state %q: %w", state, workflow.ErrUsage), "see `contractd archive query --help` for the states")
		}
		filter.States = append(filter.States, workflow.State(state))
	}
	var err error
	if o.from != "" {
		if filter.From, err = parseDay(o.from, zone, false); err != nil {
			return filter, err
		}
	}
	if o.to != "" {
		filter.To, err = parseDay(o.to, zone, true)
	}
	return filter, err
}

// check refuses flags that contradict each other.
func (o queryOptions) check(asJSON bool) error {
	switch {
	case o.filter.Limit < 0:
		return usage("0 means all", "--limit %d is no number of contracts", o.filter.Limit)
	case o.csv && asJSON:
		return usage("choose one of them", "--csv with --json")
	}
	return nil
}

func (e *env) runQuery(ctx context.Context, options queryOptions) (err error) {
	if err := options.check(e.json); err != nil {
		return err
	}
	cfg, err := e.load()
	if err != nil {
		return err
	}
	filter, err := options.complete(cfg.Company.Timezone.Location())
	if err != nil {
		return err
	}
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	contracts, err := conn.Query(ctx, filter)
	if err != nil {
		return err
	}
	if err := e.printContracts(contracts, options.csv, conn.zone()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stderr, "%d contracts match (%d 份合同)\n", len(contracts), len(contracts))
	return err
}

func (e *env) printContracts(contracts []workflow.Contract, asCSV bool, zone *time.Location) error {
	if e.json {
		return e.printJSON(contracts)
	}
	rows := table{heads: []string{"NUMBER", "VERSION", "TITLE", "SUPPLIER", "OWNER", "STATE", "AMOUNT", "CREATED", "DUE", "CLOSED"}}
	for _, c := range contracts {
		state := string(c.State) + " " + stateText(c.State)
		if c.Overdue(e.now()) {
			state += " 逾期"
		}
		rows.add(c.Number, fmt.Sprint(c.Version), c.Title, string(c.Supplier), c.Owner, state, c.Amount.String(), day(c.Created, zone), day(c.Deadline, zone), day(c.ClosedAt, zone))
	}
	if asCSV {
		return rows.csv(e.stdout)
	}
	return rows.print(e.stdout)
}

func (e *env) archiveOpen() *cobra.Command {
	var output, which string
	cmd := &cobra.Command{
		Use:     "open NUMBER [-o FILE]",
		Short:   "Write a contract's document to a file (取出文件)",
		Long:    "open writes the archived file, byte for byte as the supplier signed it; --which names another document: draft, sealed, final. NUMBER@1 means the first of several versions.",
		Example: "  contractd archive open NJ-2026-014 -o NJ-2026-014.pdf\n  contractd archive open NJ-2026-014 --which sealed -o - | contractd verify /dev/stdin",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.fetch(cmd.Context(), orElse(output, fileName(args[0])+".pdf"), func(ctx context.Context, conn *connection) (io.ReadCloser, error) {
				return conn.Document(ctx, args[0], which)
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write, - for stdout (default NUMBER.pdf)")
	cmd.Flags().StringVar(&which, "which", "final", "draft, sealed, final, or a file named by archive export, such as return-1-1")
	return cmd
}

func (e *env) archiveExport() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "export NUMBER [-o FILE.zip]",
		Short:   "Write all documents and records of a contract as a zip (导出证据)",
		Long:    "export packs draft, sealed and final file, all letters, all returned messages with their PDFs, and the record with its journal.",
		Example: "  contractd archive export NJ-2026-014 -o evidence.zip",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.fetch(cmd.Context(), orElse(output, fileName(args[0])+".zip"), func(ctx context.Context, conn *connection) (io.ReadCloser, error) {
				return conn.Export(ctx, args[0])
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write, - for stdout (default NUMBER.zip)")
	return cmd
}

// fileName turns a contract's number into a name without folders.
func fileName(number string) string { return strings.ReplaceAll(number, "/", "-") }

// fetch writes what the daemon streams to a file that appears only when it is complete.
func (e *env) fetch(ctx context.Context, output string, ask func(context.Context, *connection) (io.ReadCloser, error)) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	body, err := ask(ctx, conn)
	if err != nil {
		return err
	}
	defer body.Close()
	if output == "-" {
		_, err = io.Copy(e.stdout, body)
		return err
	}
	if err := writeWhole(output, false, func(w io.Writer) error { _, err := io.Copy(w, body); return err }); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stderr, "written:", output)
	return err
}

// writeWhole writes a file that appears under its name only when it is complete and durable.
func writeWhole(path string, force bool, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil && !force {
		return workflow.WithHint(fmt.Errorf("write %s: %w", path, os.ErrExist), "choose another name, or remove the file first")
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil { // Already failing; what is left of the temporary file is all that is at stake.
			file.Close()
			os.Remove(file.Name())
		}
	}()
	if err = write(file); err != nil {
		return err
	}
	if err = errors.Join(file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err = os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func (e *env) archiveCheck() *cobra.Command {
	return &cobra.Command{
		Use:     "check",
		Short:   "Re-derive every hash, link and state of the store (核验档案)",
		Long:    "check reads everything that is stored and derives it again: journal chain, documents, references, indexes. Exit 8 if anything is wrong.",
		Example: "  contractd archive check",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return e.runCheck(cmd.Context()) },
	}
}

func (e *env) runCheck(ctx context.Context) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var report check.Report
	damaged, err := conn.Check(ctx, &report)
	if err != nil {
		return err
	}
	if e.json {
		err = e.printJSON(report)
	} else {
		err = printReport(e.stdout, report)
	}
	if err == nil && damaged {
		err = workflow.WithHint(fmt.Errorf("check the archive: %d findings: %w", len(report.Findings), workflow.ErrDamaged),
			"stop the daemon, keep a copy of the data folder as it is, and restore from a backup")
	}
	return err
}

func printReport(w io.Writer, report check.Report) error {
	for _, finding := range report.Findings {
		if _, err := fmt.Fprintf(w, "%s %s: %s\n", finding.Kind, printable(finding.Subject), printable(finding.Detail)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d contracts, %d records, %d journal entries, %d documents (%d bytes); journal head %s; %d findings\n",
		report.Contracts, report.Records, report.Entries, report.Documents, report.Bytes, report.Head.Hash.Short(), len(report.Findings))
	return err
}

// detailText prints a journal entry's details in a fixed order.
func detailText(details map[string]string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(details)) {
		if details[key] != "" {
			parts = append(parts, key+"="+details[key])
		}
	}
	return strings.Join(parts, " ")
}
