package mailbox

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"contractd/workflow"
)

// entity is a message or a part: a header with its body, and where it stands.
type entity struct {
	head    header
	body    *io.SectionReader
	path    string // "" for the outermost message.
	depth   int    // Of nesting, in all.
	forward int    // Messages around it.
	torn    bool   // Its end is missing.
}

// child returns the place of the nth part, counted from 1.
func (e entity) child(n int) string {
	if e.path == "" {
		return strconv.Itoa(n)
	}
	return e.path + "/" + strconv.Itoa(n)
}

// entity looks into a part, whatever it is.
func (w *walker) entity(e entity) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.parts++; w.parts > w.limits.Parts || e.depth > w.limits.Depth {
		w.problem(workflow.ProblemTooLarge, e.path, "")
		return nil
	}
	media := parseMedia(e.head.get("Content-Type"))
	disposition := parseMedia(e.head.get("Content-Disposition"))
	name := fileName(disposition, media)
	switch {
	case strings.HasPrefix(media.value, "multipart/"):
		return w.multipart(e, media.params["boundary"])
	case media.value == "message/delivery-status" || media.value == "message/global-delivery-status":
		if e.depth > 1 { // A forwarded bounce does not make its carrier one.
			break
		}
		w.report = true
		return w.status(e)
	case media.value == "text/rfc822-headers" && e.depth <= 1:
		return w.returnedHeaders(e)
	case media.value == "message/rfc822", media.value == "message/global",
		strings.HasSuffix(strings.ToLower(name), ".eml"):
		return w.forwarded(e, name)
	}
	return w.leaf(e, media, name)
}

// multipart enters every part of a body.
func (w *walker) multipart(e entity, boundary string) error {
	if boundary == "" {
		boundary = guessBoundary(e.body)
	}
	if boundary == "" {
		w.problem(workflow.ProblemMalformed, e.path, "")
		return nil
	}
	parts, closed, err := split(w.ctx, e.body, boundary, w.limits.Parts)
	if errors.Is(err, errNoBoundary) {
		w.problem(workflow.ProblemMalformed, e.path, "")
		return nil
	}
	if err != nil {
		return err
	}
	if !closed && len(parts) <= w.limits.Parts {
		w.problem(workflow.ProblemMalformed, e.path, "")
	}
	for i, part := range parts {
		torn := e.torn || !closed && i == len(parts)-1
		if err := w.part(part, entity{path: e.child(i + 1), depth: e.depth + 1, forward: e.forward, torn: torn}); err != nil {
			return err
		}
	}
	return nil
}

// part reads a part's header and looks into its body.
func (w *walker) part(raw *io.SectionReader, e entity) error {
	if w.parts >= w.limits.Parts {
		w.problem(workflow.ProblemTooLarge, "", "")
		return nil
	}
	head, body, err := readHeader(w.ctx, raw, w.limits.Header)
	if errors.Is(err, errHeaderSize) {
		w.parts++
		w.problem(workflow.ProblemTooLarge, e.path, "")
		return nil
	}
	if err != nil {
		return err
	}
	if e.forward == 1 && e.depth <= 2 { // The message that an outer one carries, as a report does.
		w.original(head)
	}
	e.head, e.body = head, body
	return w.entity(e)
}

// forwarded enters an attached message. RFC 2046, 5.2.1 forbids to encode one, and mailers do it.
func (w *walker) forwarded(e entity, name string) error {
	if e.forward >= w.limits.Forward {
		w.problem(workflow.ProblemTooLarge, e.path, name)
		return nil
	}
	raw := e.body
	if content, encoded := decode(e); encoded {
		document, err := w.files.store(w.ctx, content, w.left)
		if errors.Is(err, errTooMuch) {
			w.problem(workflow.ProblemTooLarge, e.path, name)
			return nil
		}
		if err != nil {
			return err
		}
		w.left -= document.Size
		raw = document.Reader()
		e.torn = e.torn || content.Repaired() // What it holds was read leniently as well.
	}
	inner := entity{path: e.child(1), depth: e.depth + 1, forward: e.forward + 1, torn: e.torn}
	return w.part(raw, inner)
}

// decode returns a part's content and whether it was encoded. An unknown encoding is read as none.
func decode(e entity) (decoder, bool) {
	body := io.NewSectionReader(e.body, 0, e.body.Size())
	switch transferEncoding(e.head) {
	case "base64":
		return newBase64Reader(body), true
	case "quoted-printable":
		return newQuotedReader(body), true
	}
	return plain{body}, false
}

// transferEncoding returns the encoding's name as it was meant.
func transferEncoding(head header) string {
	value := strings.ToLower(strings.Trim(head.get("Content-Transfer-Encoding"), " \t\"'"))
	if at := strings.IndexAny(value, "; \t("); at >= 0 {
		value = value[:at]
	}
	return value
}

// knownEncoding reports whether decode reads the content as its sender meant it.
func knownEncoding(head header) bool {
	switch transferEncoding(head) {
	case "", "7bit", "8bit", "binary", "base64", "quoted-printable":
		return true
	}
	return false
}
