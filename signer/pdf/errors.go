package pdf

import (
	"errors"
	"fmt"
)

// The reasons for which a file, or one object of it, is not read. Every
// error of this package that blames the file wraps exactly one of them; an
// error that wraps none of them comes from the io.ReaderAt or the context.
var (
	// ErrNotPDF says that the file has no PDF header within its first 1024 bytes.
	ErrNotPDF = errors.New("not a PDF file")
	// ErrEncrypted says that a trailer of the file carries /Encrypt.
	ErrEncrypted = errors.New("the PDF is encrypted")
	// ErrDamaged says that the file breaks ISO 32000 where a viewer would
	// have to guess or to rebuild the cross-reference table.
	ErrDamaged = errors.New("the PDF is damaged or needs repair")
	// ErrLimit says that reading further would cost more than Limits allows.
	ErrLimit = errors.New("the PDF exceeds a limit")
	// ErrFilter says that a stream uses a filter which this package leaves
	// undecoded: the image filters, an unknown one, or external data.
	ErrFilter = errors.New("stream filter is not decoded")
)

// Limits bounds what a hostile file can cost. A zero field means its default.
type Limits struct {
	FileSize     int64 // bytes of the file; default 100 MiB
	Objects      int   // cross-reference entries over all revisions; default 1,000,000
	Revisions    int   // cross-reference sections; default 512
	Depth        int   // nesting of arrays, dictionaries, page and field trees; default 64
	Items        int   // elements within one object; default 500,000
	Token        int   // bytes of one string, name or number; default 8 MiB
	Decoded      int64 // bytes of one decoded stream; default 64 MiB
	DecodedTotal int64 // bytes into and out of filters over the life of a File; default 512 MiB
	Nodes        int   // nodes of the page tree, and of the form, of one revision; default 20,000
}

func (l Limits) withDefaults() Limits {
	setInt64(&l.FileSize, 100<<20)
	setInt(&l.Objects, 1_000_000)
	setInt(&l.Revisions, 512)
	setInt(&l.Depth, 64)
	setInt(&l.Items, 500_000)
	setInt(&l.Token, 8<<20)
	setInt64(&l.Decoded, 64<<20)
	setInt64(&l.DecodedTotal, 512<<20)
	setInt(&l.Nodes, 20_000)
	return l
}

func setInt(v *int, def int) {
	if *v <= 0 {
		*v = def
	}
}

func setInt64(v *int64, def int64) {
	if *v <= 0 {
		*v = def
	}
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

func exceeded(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrLimit, fmt.Sprintf(format, args...))
}
