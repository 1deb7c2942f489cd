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
	"contractd/templates"
	"contractd/workflow"
)

func (e *env) show() *cobra.Command {
	var pages string
	cmd := &cobra.Command{
		Use:   "show NUMBER [--pages DIR]",
		Short: "One contract's whole story (合同全貌)",
		Long: "show prints everything that is known of a contract: seals, letters, returns with their verdicts, and the journal.\n" +
			"NUMBER@1 means the first of several versions. --pages renders the current document, a PNG for each page: a held contract before its release, a return under review, the archived file.\n" +
			"Of what came back it also writes the pages that differ from what was sent, the differences in strong colours.",
		Example: "  contractd show NJ-2026-014\n  contractd show NJ-2026-014 --pages /tmp/pages",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return e.runShow(cmd.Context(), args[0], pages) },
	}
	cmd.Flags().StringVar(&pages, "pages", "", "write the pages as PNG files into this folder")
	return cmd
}

func (e *env) runShow(ctx context.Context, number, pages string) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	story, err := conn.Story(ctx, number)
	if err != nil {
		return err
	}
	if pages != "" {
		if err := e.writePages(ctx, conn, number, story, pages); err != nil {
			return err
		}
	}
	e.tellStillness(ctx, conn)
	if e.json {
		return e.printJSON(story)
	}
	return printStory(e.stdout, story, conn.zone())
}

// printStory prints a story in the order in which people ask.
func printStory(w io.Writer, story api.Story, zone *time.Location) error {
	sections := []struct {
		title string
		rows  *table
	}{
		{"", contractTable(story, zone)},
		{"Versions 版本", versionTable(story, zone)},
		{"Seals 签章", sealTable(story.Contract, zone)},
		{"Letters 信件", deliveryTable(story, zone)},
		{"Returns 回传", receiptTable(story, zone)},
		{"Journal 日志", journalTable(story.Journal, zone)},
	}
	for _, section := range sections {
		if len(section.rows.rows) == 0 {
			continue
		}
		if section.title != "" {
			fmt.Fprintf(w, "\n%s\n", section.title)
		}
		if err := section.rows.print(w); err != nil {
			return err
		}
	}
	return nil
}

func contractTable(story api.Story, zone *time.Location) *table {
	c := story.Contract
	rows := &table{heads: []string{"CONTRACT", c.Number}}
	rows.add("title", c.Title)
	if len(story.Versions) > 1 {
		rows.add("version", fmt.Sprintf("%d of %d", c.Version, len(story.Versions)))
	}
	rows.add("state", string(c.State)+" "+stateText(c.State)+", "+nextStep(story, zone))
	rows.add("supplier", string(c.Supplier))
	rows.add("amount", orElse(c.Amount.String(), "-"))
	rows.add("owner", c.Owner)
	if c.Creator != "" {
		rows.add("created by", c.Creator)
	}
	rows.add("created", moment(c.Created, zone))
	rows.add("due", moment(c.Deadline, zone))
	rows.add("draft", c.Draft.Hash.String())
	if len(c.Batches) > 0 {
		rows.add("sealed", c.Sealed().Hash.String())
	}
	for _, waiver := range c.Waivers {
		rows.add("waived 免除签名", fmt.Sprintf("%s, by %s %s: %s", waiver.Role, waiver.Actor, moment(waiver.At, zone), waiver.Reason))
	}
	for _, batch := range c.Batches {
		if batch.Unstamped != "" {
			rows.add("no timestamp 无时间戳", fmt.Sprintf("%s: %s", batch.Key, batch.Unstamped))
		}
	}
	if tail := c.Preserved(); !tail.IsZero() {
		rows.add("long-term material", tail.Hash.String())
	}
	if !c.Final.IsZero() {
		rows.add("final", c.Final.Hash.String())
		rows.add("returned", moment(c.Returned, zone))
	}
	return rows
}

func versionTable(story api.Story, zone *time.Location) *table {
	rows := &table{heads: []string{"VERSION", "STATE", "CREATED", "CLOSED", "REASON", "SEALED SHA-256"}}
	for _, v := range story.Versions {
		sealed := "-"
		if !v.Sealed.IsZero() {
			sealed = v.Sealed.Hash.String()
		}
		rows.add(fmt.Sprintf("%s@%d", story.Contract.Number, v.Version), string(v.State)+" "+stateText(v.State), moment(v.Created, zone), moment(v.Closed, zone), v.Reason, sealed)
	}
	return rows
}

func sealTable(c workflow.Contract, zone *time.Location) *table {
	rows := &table{heads: []string{"KEY", "ROLE", "SIGNER", "ISSUER", "AT", "BY", "CERTIFICATE SHA-256"}}
	for _, batch := range c.Batches {
		rows.add(batch.Key, string(batch.Role), batch.Signer, batch.Issuer, moment(batch.At, zone), batch.Actor, batch.Certificate.String())
	}
	return rows
}

func deliveryTable(story api.Story, zone *time.Location) *table {
	rows := &table{heads: []string{"LETTER", "TO", "STATE", "ATTEMPTS", "ACCEPTED", "ANSWER"}}
	kinds := map[workflow.LetterID]workflow.LetterKind{}
	for _, letter := range story.Letters {
		kinds[letter.ID] = letter.Kind
	}
	for _, d := range story.Deliveries {
		rows.add(string(kinds[d.Letter]), orElse(d.Recipient, "(our Sent folder)"), string(d.State), fmt.Sprint(d.Attempts), moment(d.Accepted, zone), d.Answer)
	}
	return rows
}

func receiptTable(story api.Story, zone *time.Location) *table {
	rows := &table{heads: []string{"RECEIVED", "STAMPED", "FROM", "PDF", "OUTCOME", "VERDICT", "RUNG", "REASONS"}}
	for _, receipt := range story.Receipts {
		for _, finding := range receipt.Findings {
			if of := finding.Match.Contract; of != "" && of != story.Contract.ID { // Another contract's, in the same message.
				continue
			}
			verdict, reasons := "", ""
			if finding.Verdict != nil {
				verdict = string(finding.Verdict.Verdict)
				reasons = reasonText(*finding.Verdict)
			}
			rows.add(moment(receipt.Received, zone), stampText(finding, zone), strings.Join(receipt.From, " "), finding.Name, string(finding.Outcome), verdict, fmt.Sprint(int(finding.Match.Rung)), reasons)
		}
	}
	return rows
}

// stampText says by when our own timestamp proves that a return was there.
func stampText(finding workflow.Finding, zone *time.Location) string {
	switch {
	case finding.Stamp != nil:
		return moment(finding.Stamp.Time, zone)
	case finding.NoStamp != "":
		return "none: the timestamp authority did not answer"
	}
	return "-"
}

// reasonText lists each reason with the operator's sentence.
func reasonText(verdict workflow.Verdict) string {
	var texts []string
	for _, cause := range verdict.AllCauses() {
		text := string(cause.Reason) + ": " + templates.Sentence(cause.Reason, workflow.English, templates.ForOperator, cause)
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

func journalTable(entries []workflow.Entry, zone *time.Location) *table {
	rows := &table{heads: []string{"NO", "TIME", "ACTOR", "ACTION", "DETAILS"}}
	for _, entry := range entries {
		rows.add(fmt.Sprint(entry.Sequence), moment(entry.Time, zone), entry.Actor, string(entry.Action), detailText(entry.Details))
	}
	return rows
}
