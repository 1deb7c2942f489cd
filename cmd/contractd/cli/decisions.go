package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/api"
	"contractd/templates"
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
		long: "unseal takes back our last seal and says whose it was, and whose still stand. It is refused once any mail was attempted: withdraw the contract then."},
	{name: "approve", short: "Archive the return under review (同意归档)", reason: true, pin: true,
		long: "approve archives the returned file that waits for a person, and shows it first. --pin expects the certificates that signed it of this supplier from now on.\n" +
			"--waive employee accepts a return that lacks nothing but that role's signature, also one that was refused for it; the --reason is kept with the contract.\n" +
			"Above [contracts] two_persons_above two people must approve, neither of them root; the second one archives it."},
	{name: "refuse", short: "Refuse the return under review (退回)", reason: true, needed: true,
		long: "refuse tells the supplier the reason and sends the file that is to be signed; the contract waits for another return."},
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
			if err := checkWaive(act); err != nil {
				return err
			}
			return e.runDecision(cmd.Context(), verb.name, args[0], act, yes || !verb.ask)
		},
	}
	if verb.reason {
		cmd.Flags().StringVar(&act.Reason, "reason", "", "why, for the journal and the supplier")
		cmd.Example += ` --reason "…"`
	}
	if verb.pin {
		cmd.Flags().BoolVar(&act.Pin, "pin", false, "expect these certificates of the supplier from now on")
		cmd.Flags().StringVar((*string)(&act.Waive), "waive", "", "accept the return without a signature in this role, employee or organization; needs --reason (免除该角色的签名)")
	}
	if verb.ask {
		cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	}
	return cmd
}

// checkWaive refuses a waiver that the desk would refuse, before anybody looks.
func checkWaive(act api.Act) error {
	switch {
	case act.Waive == "":
		return nil
	case act.Waive != workflow.RoleEmployee && act.Waive != workflow.RoleOrganization:
		return usage("give employee or organization", "--waive %s is no role", act.Waive)
	case act.Reason == "":
		return usage("give it as --reason TEXT; it is kept with the contract", "--waive %s without a reason", act.Waive)
	}
	return nil
}

func (e *env) runDecision(ctx context.Context, name, number string, act api.Act, yes bool) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	before, err := e.agreed(ctx, conn, name, number, yes)
	if err != nil {
		return err
	}
	var pins []workflow.Signer
	if name == "approve" || name == "refuse" {
		if act.Document, pins, err = e.lookAt(ctx, conn, name, number, act); err != nil {
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
	if _, err := fmt.Fprintln(e.stdout, sealsGone(before.Batches, contract.Batches)+outcome(contract)); err != nil {
		return err
	}
	if contract.State != workflow.StateArchived || len(pins) == 0 {
		return nil
	}
	_, err = fmt.Fprintf(e.stdout, "expected of supplier %s from now on (今后认可的证书):\n", contract.Supplier)
	return errors.Join(err, pinTable(pins).print(e.stdout))
}

// agreed asks before a seal is taken off or a contract is taken back, and returns what is known of the contract till then.
func (e *env) agreed(ctx context.Context, conn *connection, name, number string, yes bool) (before workflow.Contract, err error) {
	question := name + " contract " + number + "?"
	if name == "unseal" {
		story, err := conn.Story(ctx, number)
		if err != nil && !errors.Is(err, workflow.ErrRight) { // Who may send may take a seal off without looking.
			return before, err
		}
		if before = story.Contract; len(before.Batches) > 0 {
			last := len(before.Batches) - 1
			question = fmt.Sprintf("Take off contract %s the last seal, by %s? %s", number, sealer(before.Batches[last]), standing(before.Batches[:last]))
		}
	}
	return before, e.confirm(ctx, question, yes)
}

// sealsGone says whose seals were taken off, and whose still stand; nothing where none were.
func sealsGone(before, after []workflow.Batch) string {
	text := ""
	for n := len(before) - 1; n >= len(after); n-- {
		text += "taken off (已撤销): the seal of " + sealer(before[n]) + "\n"
	}
	if text == "" {
		return ""
	}
	return text + standing(after) + "\n"
}

// standing says whose seals are on a contract.
func standing(batches []workflow.Batch) string {
	var names []string
	for _, batch := range batches {
		names = append(names, sealer(batch))
	}
	if len(names) == 0 {
		return "No seal of ours is left on it (已无我方签章)."
	}
	return "Still on it (仍有签章): " + strings.Join(names, ", ") + "."
}

// sealer names who made a batch, and with which key; a seal of another program may be of none that is configured here.
func sealer(batch workflow.Batch) string {
	if batch.Key == "" {
		return printable(batch.Signer)
	}
	return printable(batch.Signer) + " (key " + batch.Key + ")"
}

// outcome says where a contract stands after a decision.
func outcome(contract workflow.Contract) string {
	text := fmt.Sprintf("contract %s is %s (%s)", contract.Number, contract.State, stateText(contract.State))
	for _, waiver := range contract.Waivers {
		if contract.State == workflow.StateArchived {
			text += fmt.Sprintf(", without a signature of the %s (免除%s)", waiver.Role, templates.Label(waiver.Role, workflow.Chinese))
		}
	}
	if (contract.State == workflow.StateReview || contract.State == workflow.StateSent) && contract.TwoPersons && len(contract.Approvals) == 1 {
		text += "; approved by " + printable(contract.Approvals[0].Actor) + ", a second person must approve it (还需第二人同意)"
	}
	return text
}
