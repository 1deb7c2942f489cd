package bolt

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"io"
	"os"

	"go.etcd.io/bbolt"
)

// The layout of a meta page in bbolt's format 2, in the byte order of the machine: a header that begins with the page's
// number, then the meta data, and a checksum of these.
const (
	metaPages    = 2
	pageHeader   = 16
	metaRoot     = pageHeader + 16
	metaFreelist = pageHeader + 32
	metaCount    = pageHeader + 40
	metaCommit   = pageHeader + 48
	metaChecksum = pageHeader + 56
)

// meta is what one commit left: where the tree begins, and how many pages are in use.
type meta struct {
	root, freelist, count, commit uint64
}

// readMeta reads one of the two meta pages; whole is false where it is not what was once written.
func readMeta(file io.ReaderAt, number, pageSize int) (m meta, whole bool, err error) {
	page := make([]byte, metaChecksum+8)
	if _, err := file.ReadAt(page, int64(number)*int64(pageSize)); err != nil {
		return m, false, err
	}
	digest := fnv.New64a()
	digest.Write(page[pageHeader:metaChecksum]) // Never fails.
	word := func(at int) uint64 { return binary.NativeEndian.Uint64(page[at:]) }
	m = meta{root: word(metaRoot), freelist: word(metaFreelist), count: word(metaCount), commit: word(metaCommit)}
	return m, word(0) == uint64(number) && word(metaChecksum) == digest.Sum64(), nil
}

// lastMeta returns the newer of the meta pages that are whole.
func lastMeta(file io.ReaderAt, pageSize int) (last meta, wholePages int, err error) {
	for number := range metaPages {
		m, whole, err := readMeta(file, number, pageSize)
		if err != nil {
			return last, wholePages, err
		}
		if !whole {
			continue
		}
		wholePages++
		if wholePages == 1 || m.commit > last.commit {
			last = m
		}
	}
	return last, wholePages, nil
}

// mendMeta writes a meta page anew that a power cut spoilt. bbolt goes on with the other one and would replace it with the
// next commit; until then a check would call it damage.
func (l *Ledger) mendMeta(ctx context.Context) error {
	file, err := os.Open(l.options.Path)
	if err != nil {
		return err
	}
	defer file.Close() // Only read from.
	_, whole, err := lastMeta(file, l.db.Info().PageSize)
	if err != nil || whole == metaPages {
		return err
	}
	return l.update(ctx, func(*bbolt.Tx) error { return nil }) // An empty commit writes the page that is not in use.
}
