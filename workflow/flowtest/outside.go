package flowtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"contractd/workflow"
	"contractd/workflow/inbound"
	"contractd/workflow/outbound"
	"contractd/workflow/post"
)

// Sealer appends a line in place of a seal.
type Sealer struct {
	Fail  map[string]error // By key.
	Count int
}

// Seal implements outbound.Sealer.
func (s *Sealer) Seal(_ context.Context, key string, _ workflow.Contract, in workflow.Document) (outbound.Sealed, error) {
	if err := s.Fail[key]; err != nil {
		return outbound.Sealed{}, err
	}
	s.Count++
	data, err := io.ReadAll(in.Reader())
	if err != nil {
		return outbound.Sealed{}, err
	}
	sealed := fmt.Sprintf("%s\nsealed %s %d", data, key, s.Count)
	return outbound.Sealed{
		Document: Draft(sealed), Closer: post.Closers(nil),
		Batch: workflow.Batch{ID: fmt.Sprint("batch-", s.Count), Role: workflow.RoleOrganization, Values: []workflow.Hash{Value(key, s.Count)}},
	}, nil
}

// Unseal implements decide.Unsealer: a key that fails to seal is not there to unseal either.
func (s *Sealer) Unseal(_ context.Context, batch workflow.Batch, sealed workflow.Document) (string, workflow.Ref, error) {
	if err := s.Fail[batch.Key]; err != nil {
		return "", workflow.Ref{}, err
	}
	data, err := io.ReadAll(sealed.Reader())
	if err != nil {
		return "", workflow.Ref{}, err
	}
	text := string(data)
	at := strings.LastIndex(text, "\nsealed ")
	if at < 0 {
		return "", workflow.Ref{}, workflow.ErrPolicy
	}
	return "batch-" + text[strings.LastIndex(text, " ")+1:], Draft(text[:at]).Ref, nil
}

// Value is the digest of the signature value that the n-th seal got.
func Value(key string, n int) workflow.Hash {
	return workflow.HashOf(fmt.Appendf(nil, "value %s %d", key, n))
}

// Checker approves everything unless told otherwise.
type Checker struct {
	Refuse  error
	NoPlace error // For our own seals.
	Verdict workflow.Outcome
	Second  string
}

// Inspect implements outbound.Checker.
func (c *Checker) Inspect(context.Context, workflow.Document) error {
	return errors.Join(c.Refuse, c.NoPlace)
}

// Recognise implements outbound.Checker: each line "sealed KEY N" at the end is a batch.
func (c *Checker) Recognise(_ context.Context, sealed workflow.Document) (workflow.Document, []workflow.Batch, error) {
	data, err := io.ReadAll(sealed.Reader())
	if err != nil || c.Refuse != nil {
		return workflow.Document{}, nil, errors.Join(err, c.Refuse)
	}
	lines := strings.Split(string(data), "\nsealed ")
	text, batches := lines[0], []workflow.Batch{}
	for _, line := range lines[1:] {
		before := Draft(text).Ref
		text += "\nsealed " + line
		batches = append(batches, workflow.Batch{ID: line, Role: workflow.RoleOrganization, Before: before, After: Draft(text).Ref})
	}
	return Draft(lines[0]), batches, nil
}

// Check implements outbound.Checker.
func (c *Checker) Check(context.Context, workflow.Document, workflow.Document, []workflow.Batch) (outbound.SelfCheck, error) {
	check := outbound.SelfCheck{Verdict: workflow.Verdict{Verdict: workflow.Passed}, Second: outbound.SecondAgrees}
	if c.Verdict != "" {
		check.Verdict.Verdict = c.Verdict
	}
	if c.Second != "" {
		check.Second = c.Second
	}
	return check, nil
}

// Composer writes one line a letter, and keeps what it was to say.
type Composer struct {
	Heard *Heard // nil keeps nothing.
}

// Heard keeps notices.
type Heard struct {
	mu      sync.Mutex // Guards notices: people decide at the same time.
	notices []workflow.Notice
}

// Last returns the last notice of a kind about a contract number, also where it was never recorded.
func (h *Heard) Last(kind workflow.LetterKind, number string) workflow.Notice {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, notice := range slices.Backward(h.notices) {
		if notice.Kind == kind && notice.Contract.Number == number {
			return notice
		}
	}
	return workflow.Notice{}
}

// Count returns how many notices of a kind were heard.
func (h *Heard) Count(kind workflow.LetterKind) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, notice := range h.notices {
		if notice.Kind == kind {
			n++
		}
	}
	return n
}

// Compose implements post.Composer.
func (c *Composer) Compose(_ context.Context, n workflow.Notice) (workflow.Letter, workflow.Document, io.Closer, error) {
	if c.Heard != nil {
		c.Heard.mu.Lock()
		c.Heard.notices = append(c.Heard.notices, n)
		c.Heard.mu.Unlock()
	}
	raw := Draft(fmt.Sprintf("%s <%s> to %v", n.Kind, n.MessageID, n.To))
	letter := workflow.Letter{MessageID: n.MessageID, Subject: string(n.Kind), From: "contracts@company.example", Raw: raw.Ref}
	return letter, raw, post.Closers(nil), nil
}

// Sender accepts everything unless told otherwise.
type Sender struct {
	Fail   map[string]error           // By recipient.
	Taken  []string                   // "recipient: raw", in order.
	During func()                     // Called within each send.
	Answer func(to, raw string) error // Decides instead of Fail, where it is set.
}

// Send implements outbound.Sender.
func (s *Sender) Send(_ context.Context, envelope workflow.Envelope, raw workflow.Document) (string, error) {
	if s.During != nil {
		s.During()
	}
	if err := s.Fail[envelope.To]; err != nil {
		return "", err
	}
	data, err := io.ReadAll(raw.Reader())
	if s.Answer != nil {
		err = errors.Join(err, s.Answer(envelope.To, string(data)))
	}
	if err != nil {
		return "", err
	}
	s.Taken = append(s.Taken, envelope.To+": "+string(data))
	return "250 ok", nil
}

// SentFolder counts copies.
type SentFolder struct {
	Fail   error
	Copies []string                     // Message-IDs.
	Answer func(messageID string) error // Decides instead of Fail, where it is set.
}

// Append implements outbound.SentFolder.
func (s *SentFolder) Append(_ context.Context, messageID string, _ workflow.Document) error {
	err := s.Fail
	if s.Answer != nil {
		err = s.Answer(messageID)
	}
	if err == nil {
		s.Copies = append(s.Copies, messageID)
	}
	return err
}

// Mailbox holds messages in memory.
type Mailbox struct {
	Validity uint32
	Messages []Delivered
	Filed    map[uint32]workflow.Shelf
	FailFile error
	Cut      bool // Deliver one byte less than announced.
	TooLarge bool // Offer every message without its bytes.
}

// Delivered is a message in the mailbox.
type Delivered struct {
	Raw string
	At  time.Time
}

// Deliver puts a message into the mailbox.
func (m *Mailbox) Deliver(raw string, at time.Time) {
	m.Messages = append(m.Messages, Delivered{raw, at})
}

// Start implements inbound.Mailbox.
func (m *Mailbox) Start(context.Context) (workflow.Cursor, error) {
	return workflow.Cursor{Account: "box", Folder: "INBOX", UIDValidity: m.Validity}, nil
}

// Fetch implements inbound.Mailbox.
func (m *Mailbox) Fetch(ctx context.Context, after workflow.Cursor, take func(context.Context, workflow.Incoming, io.Reader) error) error {
	for n, message := range m.Messages {
		uid := uint32(n + 1)
		if after.UIDValidity == m.Validity && uid <= after.UID {
			continue
		}
		incoming := workflow.Incoming{
			Place:    workflow.Place{Account: "box", Folder: "INBOX", UIDValidity: m.Validity, UID: uid},
			Internal: message.At, Size: int64(len(message.Raw)),
		}
		var raw io.Reader = strings.NewReader(message.Raw)
		if m.Cut {
			raw = strings.NewReader(message.Raw[1:])
		}
		if m.TooLarge {
			raw = nil
		}
		if err := take(ctx, incoming, raw); err != nil {
			return err
		}
	}
	return nil
}

// Wait implements inbound.Mailbox.
func (m *Mailbox) Wait(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// File implements inbound.Mailbox.
func (m *Mailbox) File(_ context.Context, place workflow.Place, shelf workflow.Shelf) error {
	if m.FailFile != nil {
		return m.FailFile
	}
	if m.Filed == nil {
		m.Filed = map[uint32]workflow.Shelf{}
	}
	m.Filed[place.UID] = shelf
	return nil
}

// Parser returns what Add was given.
type Parser struct {
	known map[workflow.Hash]parsed
	Fail  error
}

type parsed struct {
	message workflow.Message
	pdfs    []string
}

// Add makes a raw message that parses to this one.
func (p *Parser) Add(message workflow.Message, pdfs ...string) string {
	raw := fmt.Sprintf("%s %v %q", message.MessageID, message, pdfs)
	if p.known == nil {
		p.known = map[workflow.Hash]parsed{}
	}
	p.known[workflow.HashOf([]byte(raw))] = parsed{message, pdfs}
	return raw
}

// Parse implements inbound.Parser.
func (p *Parser) Parse(_ context.Context, raw workflow.Document) (workflow.Message, io.Closer, error) {
	found := p.known[raw.Hash]
	message := found.message
	for n, pdf := range found.pdfs {
		message.PDFs = append(message.PDFs, workflow.Attachment{Name: nameOf(n, pdf), Path: fmt.Sprint(n + 2), Document: Draft(pdf)})
	}
	return message, post.Closers(nil), p.Fail
}

// nameOf is what a file's line "name TEXT" says, else its place in the message.
func nameOf(n int, pdf string) string {
	for line := range strings.Lines(pdf) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "name "); ok {
			return name
		}
	}
	return fmt.Sprintf("%d.pdf", n+1)
}

// Verifier reads its verdict from the end of the file: "passed", "indeterminate", "lacks employee" or "failed"; anything else has
// failed.
type Verifier struct {
	Fail       error
	Signatures []workflow.Signature // Of every verdict.
	Calls      int
	During     func() // Called within each verification; may be nil.

	Before func(stamp workflow.Document) // Told the timestamp that came with the return; may be nil.
}

// Verify implements inbound.Verifier.
func (v *Verifier) Verify(_ context.Context, returned inbound.Return) (workflow.Verdict, error) {
	v.Calls++
	if v.Before != nil {
		v.Before(returned.Stamp)
	}
	if v.During != nil {
		v.During()
	}
	data, err := io.ReadAll(returned.Document.Reader())
	if err != nil || v.Fail != nil {
		return workflow.Verdict{}, errors.Join(err, v.Fail)
	}
	verdict := workflow.Verdict{Verdict: workflow.Passed, Signatures: v.Signatures}
	switch text := string(data); {
	case strings.HasSuffix(text, "passed"):
	case strings.HasSuffix(text, "indeterminate"):
		verdict.Blame(workflow.Cause{Reason: workflow.ReasonUnknown, Weight: workflow.Indeterminate})
	case strings.HasSuffix(text, "lacks employee"):
		verdict.Blame(workflow.Cause{Reason: workflow.ReasonRoleMissing, Weight: workflow.Failed, Role: workflow.RoleEmployee})
	case strings.HasPrefix(text, "scan"):
		verdict.Blame(workflow.Cause{Reason: workflow.ReasonNotOurs, Weight: workflow.Failed})
	case strings.HasSuffix(text, "lacks organization"):
		verdict.Blame(workflow.Cause{Reason: workflow.ReasonRoleMissing, Weight: workflow.Failed, Role: workflow.RoleOrganization})
	case text == "":
		verdict.Blame(workflow.Cause{Reason: workflow.ReasonNotPDF, Weight: workflow.Failed})
	default:
		verdict.Blame(workflow.Cause{Reason: workflow.ReasonUnchanged, Weight: workflow.Failed})
	}
	return verdict, nil
}

// Codes implements inbound.Verifier: every line "code TEXT" is a QR code.
func (v *Verifier) Codes(_ context.Context, document workflow.Document) ([]string, error) {
	data, err := io.ReadAll(document.Reader())
	var codes []string
	for line := range strings.Lines(string(data)) {
		if code, ok := strings.CutPrefix(strings.TrimSpace(line), "code "); ok {
			codes = append(codes, code)
		}
	}
	return codes, err
}

// Values implements inbound.Verifier: every line "value KEY N" is a signature value.
func (v *Verifier) Values(_ context.Context, document workflow.Document) ([]workflow.Hash, error) {
	data, err := io.ReadAll(document.Reader())
	var values []workflow.Hash
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "value ") {
			values = append(values, workflow.HashOf([]byte(strings.TrimSpace(line))))
		}
	}
	return values, err
}
