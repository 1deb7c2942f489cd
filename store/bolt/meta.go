package bolt

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"os"

	"go.etcd.io/bbolt"
)

// The layout of a meta page in bbolt's format 2, in the byte order of the machine: a header with the page's number, then
// the meta data, and a checksum of these.
const (
	metaPages    = 2
	metaHeader   = 16
	metaContent  = 56
	metaChecksum = metaHeader + metaContent
)

// mendMeta writes the older of the two meta pages anew when a power cut spoilt it. bbolt goes on with the other one and
// would replace it with the next commit; until then a check would call it damage.
func (l *Ledger) mendMeta(ctx context.Context) error {
	whole, err := metaWhole(l.options.Path, l.db.Info().PageSize)
	if err != nil || whole {
		return err
	}
	return l.update(ctx, func(*bbolt.Tx) error { return nil }) // An empty commit writes the page that is not in use.
}

// metaWhole reports whether both meta pages are what was once written.
func metaWhole(path string, pageSize int) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close() // Only read from.
	for number := range metaPages {
		page := make([]byte, metaChecksum+8)
		if _, err := file.ReadAt(page, int64(number*pageSize)); err != nil {
			return false, err
		}
		digest := fnv.New64a()
		digest.Write(page[metaHeader:metaChecksum]) // Never fails.
		sum := binary.NativeEndian.Uint64(page[metaChecksum:])
		if binary.NativeEndian.Uint64(page) != uint64(number) || sum != digest.Sum64() {
			return false, nil
		}
	}
	return true, nil
}
