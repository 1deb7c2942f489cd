package mailbox

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"

	"contractd/workflow"
)

// sniffed is how far into a part's content its kind is looked for. ISO 32000-1, annex H (implementation note 13):
// readers accept %PDF- anywhere within the first 1,024 bytes.
const sniffed = 1024

// maxText is how much of a text is searched for links.
const maxText = 1 << 20

// leaf looks at a part that holds no others. Nothing is concluded from its type or name.
func (w *walker) leaf(e entity, media mediaType, name string) error {
	content, encoded := decode(e)
	var in decoder = &buffered{bufio.NewReaderSize(content, 4<<10), content}
	start, err := peek(in)
	if err != nil {
		return err
	}
	if !encoded && bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("JVBERi0")) { // "%PDF-" in base64.
		content = newBase64Reader(io.NewSectionReader(e.body, 0, e.body.Size()))
		in = &buffered{bufio.NewReaderSize(content, 4<<10), content}
		if start, err = peek(in); err != nil {
			return err
		}
		e.torn = true // Nobody said that it was encoded.
	}
	if bytes.Contains(start, []byte("%PDF-")) && !isContainer(media, name, start) {
		return w.pdf(e, in, name)
	}
	return w.other(e, media, name, start, in)
}

// isContainer recognises what can show the beginning of a PDF near its own, since it holds one.
func isContainer(media mediaType, name string, start []byte) bool {
	return bytes.HasPrefix(start, []byte("PK\x03\x04")) || bytes.HasPrefix(start, winmailMagic) || isEnvelope(media, name, start)
}

// buffered lets the beginning of a part be seen before it is read.
type buffered struct {
	*bufio.Reader
	under decoder
}

// Repaired asks the decoder below.
func (b *buffered) Repaired() bool { return b.under.Repaired() }

func peek(in decoder) ([]byte, error) {
	start, err := in.(*buffered).Peek(sniffed)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return start, nil
}

// pdf spools a PDF, unless it was found before in the same message.
func (w *walker) pdf(e entity, content decoder, name string) error {
	document, err := w.files.store(w.ctx, content, w.left)
	if errors.Is(err, errRatio) { // Whoever unpacks it charges what came out.
		w.problem(workflow.ProblemTooLarge, e.path, name)
		return nil
	}
	if errors.Is(err, errTooMuch) {
		w.left = 0
		w.problem(workflow.ProblemTooLarge, e.path, name)
		return nil
	}
	if err != nil {
		return err
	}
	w.left -= document.Size
	repaired := e.torn || content.Repaired() || !knownEncoding(e.head)
	if first, known := w.known[document.Hash]; known {
		w.files.drop(w.files.files[len(w.files.files)-1])
		// The same bytes, and this time as they were sent.
		w.found.PDFs[first].Repaired = w.found.PDFs[first].Repaired && repaired
		return nil
	}
	w.known[document.Hash] = len(w.found.PDFs)
	w.found.PDFs = append(w.found.PDFs, workflow.Attachment{
		Name: cmp.Or(name, "unnamed.pdf"), Path: cmp.Or(e.path, "1"), Repaired: repaired, Document: document,
	})
	return nil
}

// other looks at a part that is no PDF for what may hide one.
func (w *walker) other(e entity, media mediaType, name string, start []byte, content decoder) error {
	path := cmp.Or(e.path, "1")
	switch {
	case bytes.HasPrefix(start, []byte("PK")) && isArchive(start):
		e.path = path
		return w.archive(e, name, content)
	case isArchive(start):
		w.problem(workflow.ProblemArchive, path, name)
	case bytes.HasPrefix(start, winmailMagic):
		e.path = path
		return w.tnef(e, name, content)
	case isEnvelope(media, name, start):
		e.path = path
		return w.opaque(e, name, content)
	case !knownEncoding(e.head):
		w.problem(workflow.ProblemUnreadable, path, name)
	case media.value == "" || strings.HasPrefix(media.value, "text/"):
		text, err := io.ReadAll(io.LimitReader(contextReader{w.ctx, content}, min(maxText, w.left)))
		if err != nil {
			return err
		}
		w.left -= int64(len(text))
		w.quoted(text)
		if hasCloudLink(text) {
			w.problem(workflow.ProblemLink, path, "")
		}
	}
	return nil
}

// isArchive recognises archives by content. Office documents are zip files too, but nobody's hiding place for a contract.
func isArchive(start []byte) bool {
	for _, magic := range []string{"7z\xbc\xaf\x27\x1c", "Rar!\x1a\x07", "\x1f\x8b\x08"} {
		if bytes.HasPrefix(start, []byte(magic)) {
			return true
		}
	}
	if !bytes.HasPrefix(start, []byte("PK\x03\x04")) || len(start) < 30 {
		return bytes.HasPrefix(start, []byte("PK\x05\x06")) // An empty one.
	}
	// APPNOTE.TXT, 4.3.7: the first entry's name stands behind 30 bytes.
	first := start[30:]
	return !slices.ContainsFunc([]string{"[Content_Types].xml", "_rels/", "docProps/", "word/", "xl/", "ppt/", "mimetype"},
		func(office string) bool { return bytes.HasPrefix(first, []byte(office)) })
}

// isEnvelope recognises opaque S/MIME (RFC 8551, 3.2 and 3.9): whatever its type says, the file's name tells.
func isEnvelope(media mediaType, name string, start []byte) bool {
	return strings.HasSuffix(media.value, "pkcs7-mime") || bytes.HasPrefix(start, []byte{0x30}) && strings.HasSuffix(strings.ToLower(name), ".p7m")
}

// cloudLinks are what the pages of 超大附件 and 云附件 look like in a mail: addresses from which the provider serves
// them, and the classes it puts around them. None is ever followed.
var cloudLinks = [][]byte{
	[]byte("mail.qq.com/cgi-bin/ftnexs_"), // QQ and Exmail.
	[]byte("mail.qq.com/ftn/"),            // The newer pages, at wx.mail.qq.com.
	[]byte("bigatt_bt"),                   // QQ's box around each file.
	[]byte("fs.163.com/fs/"),
	[]byte("mail.163.com/large-attachment-download"),
	[]byte("/html/cloud-attachment-download"), // NetEase, at dashi.163.com and companies' domains.
	[]byte("download.cloud.189.cn"),
}

// hasCloudLink searches the text of a mail, whatever its charset: all of them hold ASCII as it is.
func hasCloudLink(text []byte) bool {
	text = bytes.ToLower(text)
	return slices.ContainsFunc(cloudLinks, func(link []byte) bool { return bytes.Contains(text, link) })
}
