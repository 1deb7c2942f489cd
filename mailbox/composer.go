package mailbox

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"contractd/templates"
	"contractd/workflow"
)

// ContractHeader names the contract of a letter, for our own eyes in what comes back.
const ContractHeader = "X-Contractd-Contract"

// Sender is who writes our letters.
type Sender struct {
	Name    string // Shown as the author, such as the company's name; may be Chinese.
	Address string // From, and the envelope sender.
	ReplyTo string // Where returns go: the designated mailbox; empty means Address.
	Plus    bool   // Returns of a contract go there with its id behind a plus.
}

// Composer puts notices into words and renders them to bytes.
type Composer struct {
	Sender  Sender
	Company templates.Company
	Letters *templates.Set
	Spool   string // Folder for rendered letters, which must exist.
}

// Compose renders a letter completely into a file of the spool and returns it with Subject, MessageID, From, Raw,
// Kind, Contract and Created filled in; its ID is the caller's. The document can be read until the closer is closed,
// which is never nil. An error wrapping workflow.ErrUsage means that the notice itself cannot become a letter
// (an address or Message-ID that is none); trying again will not help.
func (c *Composer) Compose(ctx context.Context, notice workflow.Notice) (workflow.Letter, workflow.Document, io.Closer, error) {
	files := &spool{dir: c.Spool}
	subject, frame, slots, err := c.frame(notice)
	if err != nil {
		return workflow.Letter{}, workflow.Document{}, files, fmt.Errorf("compose letter %s: %w", notice.MessageID, err)
	}
	content, err := fill(frame, slots)
	if err != nil {
		return workflow.Letter{}, workflow.Document{}, files, fmt.Errorf("compose letter %s: %w", notice.MessageID, err)
	}
	raw, err := files.store(ctx, content, maxLetter)
	if err != nil {
		return workflow.Letter{}, workflow.Document{}, files, fmt.Errorf("compose letter %s: %w", notice.MessageID, err)
	}
	return workflow.Letter{
		Schema:    1,
		Kind:      notice.Kind,
		Contract:  notice.Contract.ID,
		MessageID: notice.MessageID,
		Subject:   subject,
		From:      c.Sender.Address,
		Raw:       raw.Ref,
		Created:   notice.Date,
	}, raw, files, nil
}

// maxLetter is how large a letter may become: more than any mail server takes.
const maxLetter = 512 << 20

// frame lets go-mail render everything but the attachments' content, for which placeholders stand. (go-mail holds
// each encoded attachment in memory as a whole.)
func (c *Composer) frame(notice workflow.Notice) (subject string, frame []byte, slots []slot, err error) {
	notice.Attachments = slices.Clone(notice.Attachments)
	for i := range notice.Attachments { // The letter speaks of its attachments by the names that they get.
		notice.Attachments[i].Name = attachmentName(notice.Contract.Number, notice.Attachments[i].Name)
	}
	words, err := c.Letters.Write(notice, c.Company)
	if err != nil {
		return "", nil, nil, err
	}
	message := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingB64), gomail.WithNoDefaultUserAgent())
	subject = oneLine(words.Subject)
	message.Subject(subject)
	if err := c.address(message, notice); err != nil {
		return "", nil, nil, err
	}
	if err := identify(message, notice); err != nil {
		return "", nil, nil, err
	}
	message.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(words.Text, "\n", "\r\n"))
	message.AddAlternativeString(gomail.TypeTextHTML, strings.ReplaceAll(words.HTML, "\n", "\r\n"))
	for i, document := range notice.Attachments {
		next := newSlot(i, document.Document)
		if err := attachSlot(message, document.Name, next); err != nil {
			return "", nil, nil, err
		}
		slots = append(slots, next)
	}
	var out bytes.Buffer
	if _, err := message.WriteTo(&out); err != nil {
		return "", nil, nil, fmt.Errorf("render message: %w", err)
	}
	return subject, out.Bytes(), slots, nil
}

// address sets who writes to whom.
func (c *Composer) address(message *gomail.Msg, notice workflow.Notice) error {
	sender, err := plainAddress(c.Sender.Address)
	if err != nil {
		return err
	}
	message.FromMailAddress(&mail.Address{Name: oneLine(c.Sender.Name), Address: sender})
	answer := cmp.Or(c.Sender.ReplyTo, c.Sender.Address)
	if c.Sender.Plus {
		answer = workflow.Plus(answer, notice.Contract.ID)
	}
	answer, err = plainAddress(answer)
	if err != nil {
		return err
	}
	message.ReplyToMailAddress(&mail.Address{Name: oneLine(c.Sender.Name), Address: answer})
	to, err := plainAddresses(notice.To)
	if err != nil {
		return err
	}
	copies, err := plainAddresses(notice.Copies)
	if err != nil {
		return err
	}
	if len(to) == 0 {
		return fmt.Errorf("no recipient: %w", workflow.ErrUsage)
	}
	message.ToMailAddress(to...)
	if len(copies) > 0 {
		message.CcMailAddress(copies...)
	}
	return nil
}

// identify sets what names the letter, its thread and its contract.
func identify(message *gomail.Msg, notice workflow.Notice) error {
	if !properID(notice.MessageID) {
		return fmt.Errorf("message id %q: want local@domain: %w", notice.MessageID, workflow.ErrUsage)
	}
	// The others come from outside. One that cannot be repeated is left out; an answer outside its thread is better than none.
	notice.References = slices.DeleteFunc(slices.Clone(notice.References), func(id string) bool { return !properID(id) })
	message.SetMessageIDWithValue(notice.MessageID)
	message.SetDateWithValue(notice.Date)
	if thread := shorten(notice.References); len(thread) > 0 {
		message.SetGenHeader(gomail.HeaderInReplyTo, "<"+thread[len(thread)-1]+">")
		message.SetGenHeader(gomail.HeaderReferences, "<"+strings.Join(thread, "> <")+">")
	}
	message.SetGenHeader("Auto-Submitted", autoSubmittedFor(notice.Kind))
	if notice.Contract.ID != "" {
		id := string(notice.Contract.ID)
		if !properID(id + "@x") {
			return fmt.Errorf("contract id %q: want letters and digits: %w", id, workflow.ErrUsage)
		}
		message.SetGenHeader(ContractHeader, id)
	}
	return nil
}

// autoSubmittedFor returns the keyword of RFC 3834, 5: answers to a message are auto-replied, everything else that
// a program decides to send is auto-generated.
func autoSubmittedFor(kind workflow.LetterKind) string {
	switch kind {
	case workflow.LetterConfirmed, workflow.LetterReview, workflow.LetterRejected:
		return "auto-replied"
	}
	return "auto-generated"
}

// maxThread is how many references a letter carries.
const maxThread = 20

// shorten keeps the first reference and the newest ones (RFC 5322, 3.6.4 allows it; lines have an end).
func shorten(thread []string) []string {
	if len(thread) <= maxThread {
		return thread
	}
	return append(slices.Clone(thread[:1]), thread[len(thread)-maxThread+1:]...)
}

// properID reports whether an id can stand between angle brackets.
func properID(id string) bool {
	if len(id) > 500 || strings.Count(id, "@") != 1 {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>()[]",;:\`, r) })
}

// plainAddress checks one address, without a name.
func plainAddress(address string) (string, error) {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "", fmt.Errorf("address %q: want name@domain: %w", address, workflow.ErrUsage)
	}
	return address, nil
}

func plainAddresses(all []string) ([]*mail.Address, error) {
	var parsed []*mail.Address
	for _, address := range all {
		plain, err := plainAddress(address)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, &mail.Address{Address: plain})
	}
	return parsed, nil
}
