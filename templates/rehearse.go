package templates

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"contractd/workflow"
)

// rehearse writes a letter with everything given and with nothing given, so that a template that fails does so when
// it is loaded. A letter whose words do not name the contract would leave its reader helpless, and is refused.
func rehearse(l letter, kind workflow.LetterKind, language workflow.Language) error {
	if l.text.Lookup("subject") == nil {
		return fmt.Errorf("%s:1: defines no subject", l.text.Name())
	}
	company := Company{Name: "Example Company", Mailbox: "contracts@issuer.example", Contact: "Ms Example"}
	if _, err := l.write(newView(workflow.Notice{Kind: kind, Language: language}, Company{})); err != nil {
		return err
	}
	sample := sampleNotice(kind, language)
	words, err := l.write(newView(sample, company))
	switch {
	case err != nil:
		return err
	case words.Subject == "":
		return fmt.Errorf("%s:1: the subject is empty", l.text.Name())
	case !strings.Contains(words.Text, string(sample.Contract.ID)) || !strings.Contains(words.HTML, string(sample.Contract.ID)):
		// The identifier in the body finds the contract again in a bounce that returns nothing else.
		return errors.New("text and HTML must both show the contract's identifier (.ID)")
	}
	return nil
}

// sampleNotice has every field set that a letter can show.
func sampleNotice(kind workflow.LetterKind, language workflow.Language) workflow.Notice {
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	verdict := &workflow.Verdict{Signatures: []workflow.Signature{{Signer: "Example Supplier", Side: workflow.SideTheirs}}}
	verdict.Blame(workflow.Cause{Reason: workflow.ReasonChangedPage, Weight: workflow.Failed, Page: 2})
	document := workflow.Ref{Hash: workflow.HashOf([]byte("sample")), Size: 6}
	return workflow.Notice{
		Kind: kind, Language: language, Date: at, To: []string{"sales@supplier.example"},
		Contract: workflow.Contract{
			ID: "samplecontractident1", Number: "EX-2026-001", Version: 1, Title: "Example", State: workflow.StateSent,
			Amount: workflow.Amount{Minor: 100, Currency: "CNY"}, Deadline: at, Reason: "example", Final: document,
		},
		Supplier: workflow.Supplier{Name: "Example Supplier", Required: []workflow.Role{workflow.RoleOrganization, workflow.RoleEmployee}},
		Receipt: &workflow.Receipt{
			Subject: "example", Received: at, Judged: at, Problems: []string{string(workflow.ProblemLink) + " 2"},
			Findings: []workflow.Finding{
				{Name: "a.pdf", Document: document, Verdict: verdict, Outcome: workflow.Rejected},
				{Name: "b.pdf", Document: document, Outcome: workflow.Archived},
			},
		},
		Seals:       []workflow.Seal{{Role: workflow.RoleOrganization, Signer: "Example Company", Issuer: "Example CA", Fingerprint: document.Hash}},
		Before:      at.Add(90 * time.Minute),
		Text:        "first line\nsecond line",
		Attachments: []workflow.NamedDocument{{Name: "EX-2026-001.pdf"}},
	}
}
