package mailbox

import (
	"context"
	"io"

	"contractd/workflow"
)

// Parser reads raw messages. It may be used by several goroutines at once.
type Parser struct {
	Limits Limits
	Spool  string // Folder for the decoded PDFs, which must exist.
}

// Parse finds addresses, ids and PDFs in a raw message. The PDFs lie in files of the spool until the
// closer is closed, which must happen also where nothing was found; it is never nil. What a sender did wrong is
// a workflow.Problem in the message; an error means that the message could not be read here and now
// (storage, context), or, wrapping workflow.ErrFinal, that it exceeds the limit of size.
func (p *Parser) Parse(ctx context.Context, raw workflow.Document) (workflow.Message, io.Closer, error) {
	return workflow.Message{}, nil, nil
}
