package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"contractd/templates"
	"contractd/workflow"
	"contractd/workflow/inbound"
)

func (e *env) inbox() *cobra.Command {
	cmd := &cobra.Command{Use: "inbox", Short: "What arrived (来件)"}
	cmd.AddCommand(e.inboxExplain())
	return cmd
}

func (e *env) inboxExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain FILE.eml",
		Short: "Tell what the daemon would see in a message and do with it",
		Long: `explain takes a raw message through everything that an arrival goes through: its parts, the PDFs in them, the contract that each
belongs to and by which evidence, the verdict, the contract's move and the letters. Nothing is written, moved or sent; no
timestamp is taken. "-" reads standard input.

It tells what would happen now: to a message that was judged already, "duplicate" may be the answer.

Exit codes: 1 the file cannot be read; 6 the right to view everything is missing.`,
		Example: "  contractd inbox explain return.eml\n  contractd inbox explain --json - < return.eml",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return e.runExplain(cmd.Context(), args[0]) },
	}
}

func (e *env) runExplain(ctx context.Context, path string) (err error) {
	var raw io.Reader = e.stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return workflow.WithHint(fmt.Errorf("open message: %w", err), "save the message as .eml (源文件) and name that file")
		}
		defer file.Close() // It is only read.
		raw = file
	}
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	said, err := conn.Explain(ctx, raw)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(said)
	}
	return explain(e.stdout, said)
}

// explain writes what would become of a message.
func explain(w io.Writer, said inbound.Explanation) error {
	var out strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&out, "%-10s"+format+"\n", append([]any{name}, args...)...)
	}
	receipt := said.Receipt
	line("from", "%s", cmp.Or(strings.Join(receipt.From, ", "), "nobody"))
	line("subject", "%s", receipt.Subject)
	if said.Automatic != workflow.NotAutomatic {
		line("written", "by a program: %s", said.Automatic)
	}
	for _, problem := range receipt.Problems {
		line("problem", "%s", problem)
	}
	for _, finding := range receipt.Findings {
		explainFinding(line, finding)
	}
	line("outcome", "%s", bothLabels(receipt.Outcome))
	for _, move := range said.Moves {
		line("contract", "%s: %s → %s", move.Contract, bothLabels(move.From), bothLabels(move.To))
	}
	for _, letter := range said.Letters {
		held := ""
		if letter.Held {
			held = ", held until a person releases it"
		}
		line("letter", "%s to %s: %s%s", bothLabels(letter.Kind), strings.Join(letter.To, ", "), letter.Subject, held)
	}
	if receipt.Silence != "" {
		line("silence", "%s", receipt.Silence)
	}
	if said.Shelf != "" {
		line("filed", "as %s", said.Shelf)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// explainFinding tells of one PDF.
func explainFinding(line func(name, format string, args ...any), finding workflow.Finding) {
	repaired := ""
	if finding.Repaired {
		repaired = ", its encoding repaired"
	}
	if !finding.Document.IsZero() {
		line("PDF", "%s at %s, %d bytes%s", finding.Name, finding.Path, finding.Document.Size, repaired)
	}
	if match := finding.Match; match.Contract != "" {
		line("", "contract %s by rung %d (%s)", match.Contract, match.Rung, match.Evidence)
		if len(match.Rivals) > 0 {
			line("", "but also %v", match.Rivals)
		}
	} else {
		line("", "belongs to no contract of ours")
	}
	if verdict := finding.Verdict; verdict != nil {
		var reasons []string
		for _, cause := range verdict.AllCauses() {
			reasons = append(reasons, string(cause.Reason))
		}
		line("", "%s %s", bothLabels(verdict.Verdict), strings.Join(reasons, " "))
	}
}

// bothLabels is a label in both languages.
func bothLabels[T templates.Labelled](value T) string {
	return templates.Label(value, workflow.English) + " " + templates.Label(value, workflow.Chinese)
}
