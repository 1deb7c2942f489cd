package mailbox

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"contractd/workflow"
)

const (
	// directoryBytes bounds what is read to find a zip's entries, and with it what the list of them costs.
	directoryBytes = 1 << 20
	// looseBytes may come out of an entry however small it is packed: the ratio says nothing about short files.
	looseBytes = 1 << 20

	flagEncrypted = 1  // APPNOTE.TXT, 4.4.4, bit 0.
	methodAES     = 99 // APPNOTE.TXT, 4.4.5: AE-x, whose entries set the flag too, if they keep to the rule.
)

// archive looks for PDFs in a zip. An archive within it stays closed: nobody needs that, but bombs do.
func (w *walker) archive(e entity, name string, in decoder) error {
	packed, err := w.keep(e, name, in)
	if err != nil || packed.ReaderAt == nil {
		return err
	}
	e.torn = e.torn || in.Repaired()
	source := &budgeted{under: packed.Reader(), left: directoryBytes}
	directory, err := zip.NewReader(source, packed.Size)
	switch {
	case source.fault != nil:
		return source.fault
	case source.left < 0:
		w.problem(workflow.ProblemTooLarge, e.path, name)
		return nil
	case err != nil:
		w.problem(workflow.ProblemArchive, e.path, name)
		return nil
	}
	source.left = maxInt
	before := len(w.found.PDFs) + len(w.found.Problems)
	for i, file := range directory.File {
		if i >= w.limits.Entries {
			w.problem(workflow.ProblemTooLarge, e.path, name)
			return nil
		}
		if err := w.ctx.Err(); err != nil {
			return err
		}
		inner := entity{path: e.path + "/" + strconv.Itoa(i+1), depth: e.depth + 1, forward: e.forward, torn: e.torn}
		if err := w.entry(inner, file, source); err != nil {
			return err
		}
	}
	if len(w.found.PDFs)+len(w.found.Problems) == before { // Something was packed, and no PDF.
		w.problem(workflow.ProblemArchive, e.path, name)
	}
	return nil
}

// keep spools what is looked into at several places. No document and no error mean that it was too large.
func (w *walker) keep(e entity, name string, in decoder) (workflow.Document, error) {
	document, err := w.files.store(w.ctx, in, w.left)
	if errors.Is(err, errTooMuch) {
		w.problem(workflow.ProblemTooLarge, e.path, name)
		return workflow.Document{}, nil
	}
	w.left -= document.Size
	return document, err
}

// entry looks at one file of a zip.
func (w *walker) entry(e entity, file *zip.File, source *budgeted) error {
	if file.FileInfo().IsDir() || file.UncompressedSize64 == 0 {
		return nil
	}
	if w.parts++; w.parts > w.limits.Parts {
		w.problem(workflow.ProblemTooLarge, e.path, "")
		return nil
	}
	name := entryName(file)
	if file.Flags&flagEncrypted != 0 || file.Method == methodAES {
		w.problem(workflow.ProblemPassword, e.path, name)
		return nil
	}
	opened, err := file.Open()
	if err != nil { // A method that is not known here, or an entry that is not where the directory says.
		w.problem(workflow.ProblemArchive, e.path, name)
		return source.fault
	}
	defer opened.Close() // Reading: what it may say was said by Read.
	most := w.ratio(file)
	content := &unpacked{in: opened, left: most}
	if err := w.packed(e, name, &buffered{bufio.NewReaderSize(contextReader{w.ctx, content}, 4<<10), content}); err != nil {
		return err
	}
	if content.over {
		w.left -= most
	}
	if content.broken {
		w.problem(workflow.ProblemMalformed, e.path, name)
	}
	return source.fault
}

// ratio is how many bytes may come out of an entry.
func (w *walker) ratio(file *zip.File) int64 {
	most := uint64(w.left)
	return int64(min(most, max(looseBytes, min(file.CompressedSize64, most)*uint64(w.limits.Ratio))))
}

// packed looks at the content of an entry.
func (w *walker) packed(e entity, name string, in decoder) error {
	start, err := peek(in)
	switch {
	case errors.Is(err, errRatio):
		w.problem(workflow.ProblemTooLarge, e.path, name)
	case err != nil:
		return err
	case bytes.Contains(start, []byte("%PDF-")):
		return w.pdf(e, in, name)
	case isArchive(start):
		w.problem(workflow.ProblemArchive, e.path, name)
	case strings.HasSuffix(strings.ToLower(name), ".eml"):
		message, err := w.keep(e, name, in)
		if errors.Is(err, errRatio) {
			w.problem(workflow.ProblemTooLarge, e.path, name)
			return nil
		}
		if err != nil || message.ReaderAt == nil {
			return err
		}
		e.body, e.torn = message.Reader(), e.torn || in.Repaired()
		return w.forwarded(e, name)
	}
	return nil
}

// entryName reads a name as it was meant. APPNOTE.TXT, appendix D: UTF-8 with the flag, else the code page of wherever
// it was packed, which here is mostly GBK; the Unicode path beside it counts if it belongs to this name (4.6.9).
func entryName(file *zip.File) string {
	for extra := file.Extra; len(extra) >= 4; {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; size > len(extra) {
			break
		}
		field := extra[:size]
		extra = extra[size:]
		if id == 0x7075 && size > 5 && field[0] == 1 && utf8.Valid(field[5:]) &&
			binary.LittleEndian.Uint32(field[1:]) == crc32.ChecksumIEEE([]byte(file.Name)) {
			return cleanName(string(field[5:]))
		}
	}
	return cleanName(guess([]byte(file.Name)))
}

const maxInt = int64(^uint64(0) >> 1)

// budgeted is a file of which only so much may be read. It remembers what the disk, not the sender, did wrong.
type budgeted struct {
	under *io.SectionReader // Whose offsets are checked: those of a zip can be anything.
	left  int64             // Negative when more was wanted.
	fault error
}

// ReadAt implements io.ReaderAt.
func (b *budgeted) ReadAt(p []byte, at int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errTooMuch
	}
	n, err := b.under.ReadAt(p, at)
	if err != nil && err != io.EOF {
		b.fault = err
	}
	return n, err
}

// errRatio means that more comes out of an archive than an honest one holds.
var errRatio = errors.New("unpacks to too much")

// unpacked reads an entry up to a limit, and to where it is broken.
type unpacked struct {
	in     io.Reader
	left   int64
	over   bool
	broken bool
}

// Read implements io.Reader.
func (u *unpacked) Read(p []byte) (int, error) {
	if u.broken {
		return 0, io.EOF
	}
	n, err := u.in.Read(p)
	if u.left -= int64(n); u.left < 0 {
		u.over = true
		return 0, errRatio
	}
	if err != nil && err != io.EOF {
		u.broken, err = true, nil
	}
	return n, err
}

// Repaired reports whether not all came out as it went in.
func (u *unpacked) Repaired() bool { return u.broken }
