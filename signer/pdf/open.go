package pdf

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

const headerWindow = 1024 // how far viewers look for %PDF- and for startxref

// File is an opened PDF. It is not safe for concurrent use. The context of Open
// bounds all reading from it.
type File struct {
	src       *source
	limits    Limits
	version   string
	header    int64
	revisions []*Revision
	objects   int   // cross-reference entries so far
	decoded   int64 // bytes that went into and came out of filters so far
	parsed    int64 // bytes read as objects so far
	nesting   int   // objects being read for the sake of others
	objectsAt map[place]indirect
	containers
}

// Open reads the cross-reference chain of the file and its catalog, nothing
// else. Errors wrap ErrNotPDF, ErrEncrypted, ErrDamaged or ErrLimit where the
// file is to blame.
func Open(ctx context.Context, r io.ReaderAt, size int64, limits Limits) (*File, error) {
	f := &File{
		src:       &source{ctx: ctx, r: r, size: size},
		limits:    limits.withDefaults(),
		objectsAt: map[place]indirect{},
	}
	if err := f.open(); err != nil {
		return nil, fmt.Errorf("open PDF of %d bytes: %w", size, err)
	}
	return f, nil
}

func (f *File) open() error {
	if f.src.size > f.limits.FileSize {
		return exceeded("file is larger than %d bytes", f.limits.FileSize)
	}
	if err := f.readHeader(); err != nil {
		return err
	}
	start, err := f.findStart()
	if err != nil {
		return err
	}
	links, err := f.chain(start)
	if err != nil {
		return err
	}
	if err := f.group(links); err != nil {
		return err
	}
	_, err = f.Last().Catalog()
	return err
}

// readHeader looks for the header as viewers do; offsets count from the
// beginning of the file all the same, for so do byte ranges.
func (f *File) readHeader() error {
	head, err := f.src.read(0, min(headerWindow, f.src.size))
	if err != nil {
		return err
	}
	at := bytes.Index(head, []byte("%PDF-"))
	if at < 0 {
		return fmt.Errorf("%w: no %%PDF- in the first %d bytes", ErrNotPDF, headerWindow)
	}
	f.header = int64(at)
	p := f.parserOf(head[at+len("%PDF-"):])
	f.version = string(p.word(8))
	return nil
}

// findStart reads the last startxref of the file. ISO 32000-2, 7.5.5 has it in
// the last lines: this is the one place that can only be searched for.
func (f *File) findStart() (int64, error) {
	from := max(0, f.src.size-headerWindow)
	end, err := f.src.read(from, f.src.size-from)
	if err != nil {
		return 0, err
	}
	at := bytes.LastIndex(end, []byte("startxref"))
	if at < 0 {
		return 0, damaged("no startxref in the last %d bytes: the file is truncated or junk follows it", headerWindow)
	}
	return f.parserAt(from+int64(at), f.src.size).startxref()
}

// Revisions returns the revisions, oldest first. There is at least one.
func (f *File) Revisions() []*Revision { return f.revisions }

// Last returns the newest revision.
func (f *File) Last() *Revision { return f.revisions[len(f.revisions)-1] }

// Size returns the size of the file in bytes.
func (f *File) Size() int64 { return f.src.size }

// ReaderAt returns the reader that the file was opened with.
func (f *File) ReaderAt() io.ReaderAt { return f.src.r }

// Header returns where %PDF- stands. Viewers differ on whether offsets count from there when it is not 0.
func (f *File) Header() int64 { return f.header }

// Version returns the version in the file's header, such as "1.7". The catalog
// may name a later one.
func (f *File) Version() string { return f.version }

// checkEnd refuses to append behind bytes that no revision owns: no verifier
// would accept the result.
func (f *File) checkEnd() error {
	junk, err := f.Trailing()
	if err == nil && junk.Len() > 0 {
		err = damaged("%d bytes follow the last %%%%EOF", junk.Len())
	}
	return err
}

// Trailing returns the bytes behind the last revision, from the first one that
// is not white space. It is empty for an orderly file.
func (f *File) Trailing() (Span, error) {
	p := f.parserAt(f.Last().End, f.src.size)
	if p.skipWhite(); p.err != nil {
		return Span{}, p.err
	}
	return Span{p.off, f.src.size}, nil
}
