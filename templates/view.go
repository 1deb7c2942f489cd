package templates

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"contractd/workflow"
)

// view is what a letter's templates see. Everything is a finished text in the letter's language; empty means absent.
type view struct {
	Language string // "zh-CN" or "en".
	Company  string
	Mailbox  string
	Contact  string

	Supplier    string
	Number      string
	Title       string
	ID          string // The contract's identifier in contractd.
	Version     int
	Edition     string // The version, in words; absent for the first.
	Amount      string
	State       string
	Deadline    string
	DeadlineDay string
	Before      string // The deadline that an extension puts off.
	Reason      string // Why the contract was withdrawn.
	Replaced    bool   // It was withdrawn for another version.
	Outdated    string // What becomes of one who returned an earlier version; absent where the return is of this one.
	Due         bool   // Something is to be signed and returned.

	Required []string // The roles that must sign.
	Waived   []string // Those of them whose signature we did without.
	Seals    []sealView
	Attached []string // Names of the attachments.
	Places   []string // Prepared fields: for whom, on which page, under which name.

	Subject  string // Of the message that is answered.
	Received string // When that message entered the mailbox.
	Document string // SHA-256 of the archived return.
	Findings []findingView
	Problems []string // What kept us from finding a PDF.

	Lines []string // What a person says: to managers what happened, to suppliers why a return was refused.
}

// sealView is one of our signatures.
type sealView struct {
	Role        string
	Signer      string
	Issuer      string
	Fingerprint string // In pairs, as certificate dialogs show it.
}

// findingView is what one returned PDF was.
type findingView struct {
	Name      string
	Outcome   string
	Document  string
	Signers   []string
	Sentences []string // What is wrong and what to do; for managers, what was found.
}

// newView prepares a notice for its templates.
func newView(notice workflow.Notice, company Company) view {
	language := known(notice.Language)
	contract := notice.Contract
	v := view{
		Language: string(language), Company: company.Name, Mailbox: company.Mailbox,
		Contact: cmp.Or(company.Contact, company.Mailbox), Supplier: notice.Supplier.Name,
		Number: contract.Number, Title: contract.Title, ID: string(contract.ID), Version: contract.Version,
		Amount: contract.Amount.String(), Reason: contract.Reason,
		Deadline:    Moment(contract.Deadline, language, company.Location),
		DeadlineDay: Day(contract.Deadline, language, company.Location),
	}
	v.addVersion(notice)
	if !notice.Before.IsZero() {
		v.Before = Moment(notice.Before, language, company.Location)
	}
	if contract.State != "" {
		v.State = Label(contract.State, language)
	}
	for _, role := range notice.Supplier.Required {
		v.Required = append(v.Required, Label(role, language))
	}
	for _, waiver := range contract.Waivers {
		v.Waived = append(v.Waived, Label(waiver.Role, language))
	}
	for _, seal := range notice.Seals {
		v.Seals = append(v.Seals, sealView{Label(seal.Role, language), seal.Signer, seal.Issuer, pairs(seal.Fingerprint)})
	}
	for _, field := range contract.Fields() {
		form := "%s: the signature field \"%s\" on page %d"
		if language == workflow.Chinese {
			form = "%s：签名域“%s”，在第 %d 页"
		}
		v.Places = append(v.Places, fmt.Sprintf(form, Label(field.Role, language), field.Name, field.Page))
	}
	for _, document := range notice.Attachments {
		v.Attached = append(v.Attached, document.Name)
	}
	for line := range strings.Lines(notice.Text) {
		if line = strings.TrimSpace(line); line != "" {
			v.Lines = append(v.Lines, line)
		}
	}
	v.addReceipt(notice, company)
	return v
}

// addVersion prepares which of several versions is meant, and what is to be done with it.
func (v *view) addVersion(notice workflow.Notice) {
	contract := notice.Contract
	if contract.Version > 1 {
		v.Edition = fmt.Sprint(contract.Version)
		if known(notice.Language) == workflow.Chinese {
			v.Edition = fmt.Sprintf("第 %d 版", contract.Version)
		}
	}
	v.Replaced = contract.Next != ""
	v.Due = true
	if !notice.Outdated {
		return
	}
	v.Outdated = "attached"
	switch contract.State {
	case workflow.StateReview, workflow.StateArchived, workflow.StateWithdrawn:
		v.Outdated, v.Due = string(contract.State), false
	case workflow.StateDraft, workflow.StateSealed:
		v.Outdated, v.Due = "follows", false
	}
}

// addReceipt prepares what came in.
func (v *view) addReceipt(notice workflow.Notice, company Company) {
	if notice.Receipt == nil {
		return
	}
	language := known(notice.Language)
	v.Subject = notice.Receipt.Subject
	v.Received = Moment(notice.Receipt.Received, language, company.Location)
	audience := ForSupplier
	if notice.Kind == workflow.LetterNotice {
		audience = ForOperator
	}
	for _, finding := range notice.Receipt.Findings {
		if finding.Document.IsZero() { // No file came; the problems say why.
			continue
		}
		if finding.Outcome == workflow.NoContract && audience == ForSupplier && notice.Kind != workflow.LetterRejected {
			continue
		}
		if finding.Outcome == workflow.Archived {
			v.Document = finding.Document.Hash.String()
		}
		v.Findings = append(v.Findings, newFinding(finding, language, audience))
	}
	if v.Outdated != "" { // The one thing that is wrong is said already; what else is, no longer matters.
		v.Findings = nil
	}
	v.addProblems(notice.Receipt.Problems, language, audience)
	if v.Document == "" && !notice.Contract.Final.IsZero() {
		v.Document = notice.Contract.Final.Hash.String()
	}
}

// addProblems puts what kept us from finding a PDF into words. A receipt notes a problem as its kind followed by its
// place; what begins with no known kind may be an error's text, which only managers see.
func (v *view) addProblems(problems []string, language workflow.Language, audience Audience) {
	for _, problem := range problems {
		kind, _, _ := strings.Cut(problem, " ")
		_, known := labels[any(workflow.ProblemKind(kind))]
		text := problem
		switch {
		case audience == ForOperator && known:
			text = Label(workflow.ProblemKind(kind), language) + strings.TrimPrefix(problem, kind)
		case known:
			text = Problem(workflow.ProblemKind(kind), language)
		case audience == ForSupplier:
			continue
		}
		if !slices.Contains(v.Problems, text) {
			v.Problems = append(v.Problems, text)
		}
	}
}

// newFinding puts a finding into words. Each sentence appears once, also where several signatures share a fault.
func newFinding(finding workflow.Finding, language workflow.Language, audience Audience) findingView {
	v := findingView{
		Name:     finding.Name,
		Outcome:  Label(finding.Outcome, language),
		Document: finding.Document.Hash.String(),
	}
	if finding.Verdict == nil {
		if finding.Outcome == workflow.NoContract {
			v.Sentences = []string{Sentence(workflow.ReasonNotOurs, language, audience, workflow.Cause{})}
		}
		return v
	}
	for _, cause := range finding.Verdict.AllCauses() {
		if text := Sentence(cause.Reason, language, audience, cause); !slices.Contains(v.Sentences, text) {
			v.Sentences = append(v.Sentences, text)
		}
	}
	for _, signature := range finding.Verdict.Signatures {
		if signature.Side == workflow.SideTheirs && signature.Signer != "" && !slices.Contains(v.Signers, signature.Signer) {
			v.Signers = append(v.Signers, signature.Signer)
		}
	}
	return v
}

// pairs writes a fingerprint as certificate dialogs do.
func pairs(hash workflow.Hash) string {
	if hash.IsZero() {
		return ""
	}
	return fmt.Sprintf("% X", hash[:])
}
