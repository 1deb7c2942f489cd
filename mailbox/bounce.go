package mailbox

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"

	"contractd/workflow"
)

const (
	maxReport    = 256 << 10 // How much of a delivery status is read.
	maxReturned  = 50        // Recipients of one report.
	maxWordBytes = 2000      // Of what a server said.
)

// status reads a message/delivery-status (RFC 3464, 2): the fields of the message, then those of each recipient.
func (w *walker) status(e entity) error {
	content, _ := decode(e)
	text, err := io.ReadAll(io.LimitReader(contextReader{w.ctx, content}, min(maxReport, w.left)))
	if err != nil {
		return err
	}
	w.left -= int64(len(text))
	group := bytes.NewReader(text)
	for first := true; group.Len() > 0 && len(w.bounce.Returned) < maxReturned; first = false {
		fields, rest, err := readHeader(w.ctx, io.NewSectionReader(group, group.Size()-int64(group.Len()), int64(group.Len())), w.limits.Header)
		if errors.Is(err, errHeaderSize) {
			w.problem(workflow.ProblemMalformed, e.path, "")
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := group.Seek(-rest.Size(), io.SeekEnd); err != nil {
			return err
		}
		if first {
			w.bounce.Envelope = oneLine(fields.get("Original-Envelope-Id"))
		}
		w.returned(fields)
	}
	return nil
}

// returned keeps what was reported about one recipient (RFC 3464, 2.3). Some servers put its fields right below the message's.
func (w *walker) returned(fields header) {
	if !fields.has("Action") {
		return
	}
	recipient := typed(fields.get("Original-Recipient"))
	if recipient == "" { // Where it finally went may be behind an alias that we know nothing of.
		recipient = typed(fields.get("Final-Recipient"))
	}
	action, _, _ := strings.Cut(strings.ToLower(fields.get("Action")), "(")
	w.bounce.Returned = append(w.bounce.Returned, workflow.Returned{
		Recipient: recipient, Action: workflow.ReportedAction(strings.TrimSpace(oneLine(action))), Status: oneLine(fields.get("Status")),
		Words: cut(oneLine(decodeWords(typed(fields.get("Diagnostic-Code")))), maxWordBytes),
	})
}

// typed takes the type off a value such as "rfc822; a@b" or "smtp; 550 5.1.1 …".
func typed(value string) string {
	if kind, rest, found := strings.Cut(value, ";"); found && !strings.ContainsAny(strings.TrimSpace(kind), " @") {
		value = rest
	}
	return strings.Trim(oneLine(value), "<>")
}

// original reads of the message that came back what names it.
func (w *walker) original(head header) {
	if w.bounce.MessageID == "" {
		w.bounce.MessageID = firstID(head.get("Message-Id"))
	}
}

// namedInText finds the Message-ID that a report without any structure quotes in its text. Counting makes it dear: it is made when
// it is first needed.
var namedInText = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?im)^[ \t>*|]*Message-ID[ \t]*[:：][ \t]*(<[^<>\s]{3,250}>)`)
})

// quoted looks for our Message-ID in a text of a report.
func (w *walker) quoted(text []byte) {
	if w.named != "" {
		return
	}
	if found := namedInText().FindSubmatch(text); found != nil {
		w.named = firstID(string(found[1]))
	}
}

// concludeBounce completes the report of a message that is one, and drops what only looked like it.
func (w *walker) concludeBounce(head header) {
	if w.found.Automatic != workflow.AutoBounce {
		return
	}
	if len(w.bounce.Returned) == 0 { // Exim and Gmail name who failed in a header of its own.
		for _, list := range head.values("X-Failed-Recipients") {
			for recipient := range strings.SplitSeq(list, ",") {
				if recipient = strings.Trim(oneLine(recipient), "<> "); recipient != "" && len(w.bounce.Returned) < maxReturned {
					w.bounce.Returned = append(w.bounce.Returned, workflow.Returned{Recipient: recipient, Action: workflow.ReportFailed})
				}
			}
		}
	}
	w.bounce.MessageID = cmp.Or(w.bounce.MessageID, w.named)
	w.found.Bounce = &w.bounce
}

// returnedHeaders reads a text/rfc822-headers part (RFC 6522, 4).
func (w *walker) returnedHeaders(e entity) error {
	content, _ := decode(e)
	text, err := io.ReadAll(bufio.NewReader(io.LimitReader(contextReader{w.ctx, content}, min(maxReport, w.left))))
	if err != nil {
		return err
	}
	w.left -= int64(len(text))
	head, _, err := readHeader(w.ctx, io.NewSectionReader(bytes.NewReader(text), 0, int64(len(text))), w.limits.Header)
	if errors.Is(err, errHeaderSize) {
		return nil
	}
	if err == nil {
		w.original(head)
	}
	return err
}
