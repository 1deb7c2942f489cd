package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// decision is a verb by which a person moves one contract.
type decision struct {
	name, short, long string
	reason            bool // --reason is offered.
	needed            bool // --reason must be given.
	pin               bool // --pin is offered.
	ask               bool // A terminal is asked first.
}

var decisionVerbs = []decision{
	{name: "unseal", short: "Undo the last seal of a contract that was never mailed (撤销签章)", ask: true,
		long: "unseal takes back our last seal. It is refused once any mail was attempted: withdraw the contract then."},
	{name: "approve", short: "Archive the return under review (同意归档)", reason: true, pin: true,
		long: "approve archives the returned file that waits for a person. --pin expects the same certificates of this supplier from now on."},
	{name: "refuse", short: "Refuse the return under review (退回)", reason: true, needed: true,
		long: "refuse tells the supplier the reason; the contract waits for another return."},
	{name: "withdraw", short: "Take a contract back (撤回合同)", reason: true, needed: true, ask: true,
		long: "withdraw ends a contract that is not archived; the supplier is told when anything was mailed."},
}

func (e *env) decisions() []*cobra.Command {
	var commands []*cobra.Command
	for _, verb := range decisionVerbs {
		commands = append(commands, e.decision(verb))
	}
	return commands
}

func (e *env) decision(verb decision) *cobra.Command {
	var act api.Act
	var yes bool
	cmd := &cobra.Command{
		Use: verb.name + " NUMBER", Short: verb.short, Long: verb.long, Args: cobra.ExactArgs(1),
		Example: "  contractd " + verb.name + " NJ-2026-014",
		RunE: func(cmd *cobra.Command, args []string) error {
			if verb.needed && act.Reason == "" {
				return workflow.WithHint(fmt.Errorf("%s contract %s: a reason is needed: %w", verb.name, args[0], workflow.ErrUsage), "give it as --reason TEXT; the supplier reads it")
			}
			if verb.ask {
				if err := e.confirm(cmd.Context(), fmt.Sprintf("%s contract %s?", verb.name, args[0]), yes); err != nil {
					return err
				}
			}
			return e.runDecision(cmd.Context(), verb.name, args[0], act)
		},
	}
	if verb.reason {
		cmd.Flags().StringVar(&act.Reason, "reason", "", "why, for the journal and the supplier")
		cmd.Example += ` --reason "…"`
	}
	if verb.pin {
		cmd.Flags().BoolVar(&act.Pin, "pin", false, "expect these certificates of the supplier from now on")
	}
	if verb.ask {
		cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	}
	return cmd
}

func (e *env) runDecision(ctx context.Context, name, number string, act api.Act) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if name == "approve" || name == "refuse" {
		if act.Document, err = e.lookAt(ctx, conn, name, number); err != nil {
			return err
		}
	}
	contract, err := conn.Decide(ctx, number, name, act)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(contract)
	}
	_, err = fmt.Fprintf(e.stdout, "contract %s is %s (%s)\n", contract.Number, contract.State, stateText(contract.State))
	return err
}

// lookAt shows the return under review and returns its digest, so that a newer one that comes meanwhile is not decided
// about unseen. A terminal is asked.
func (e *env) lookAt(ctx context.Context, conn *connection, name, number string) (workflow.Hash, error) {
	story, err := conn.Story(ctx, number)
	if err != nil {
		return workflow.Hash{}, err
	}
	for _, receipt := range story.Receipts {
		if receipt.ID != story.Contract.Receipt || story.Contract.State != workflow.StateReview {
			continue
		}
		for _, finding := range receipt.Findings {
			if finding.Match.Contract == story.Contract.ID && finding.Outcome == workflow.ToReview {
				return finding.Document.Hash, e.ask(ctx, name, receipt, finding, conn.zone())
			}
		}
	}
	return workflow.Hash{}, nil // Nothing is under review: the desk says so.
}

// ask shows what is decided about.
func (e *env) ask(ctx context.Context, name string, receipt workflow.Receipt, finding workflow.Finding, zone *time.Location) error {
	rows := table{heads: []string{"RETURN", finding.Document.Hash.String()}}
	rows.add("from", strings.Join(receipt.From, " "))
	rows.add("received", moment(receipt.Received, zone))
	if finding.Verdict != nil {
		rows.add("verdict", string(finding.Verdict.Verdict))
		rows.add("reasons", orElse(reasonText(*finding.Verdict), "none: policy asks for a person"))
	}
	if err := rows.print(e.stderr); err != nil {
		return err
	}
	if _, ok := e.terminal(); !ok {
		return nil
	}
	return e.confirm(ctx, name+" this return?", false)
}
