package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Kinds of pages, and of the elements in leaves, in bbolt's format 2.
const (
	branchPage    = 0x01
	leafPage      = 0x02
	bucketElement = 0x01
	elementSize   = 16
	pageInBucket  = 16 // A bucket's value: the number of its first page, 0 for one within the value, and a sequence.
)

// tree follows the pages of a file.
type tree struct {
	file     io.ReaderAt
	pageSize uint64
	count    uint64          // Pages in use.
	seen     map[uint64]bool // Pages that were reached.
	next     []uint64        // Pages that are still to be read.
}

// checkTree finds out whether every page is reached once and holds what it says, so that whoever follows them comes to an
// end. bbolt's own check follows a circle for ever, and a number beyond the file into the void.
func checkTree(path string, pageSize int) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() // Only read from.
	last, whole, err := lastMeta(file, pageSize)
	if err != nil || whole == 0 {
		return errors.Join(errors.New("no meta page is whole"), err)
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if pages := uint64(info.Size()) / uint64(pageSize); last.count > pages {
		return fmt.Errorf("%d pages are in use, the file has %d", last.count, pages)
	}
	return follow(file, uint64(pageSize), last)
}

// follow reads every page to which the root leads.
func follow(file io.ReaderAt, pageSize uint64, last meta) error {
	t := tree{file: file, pageSize: pageSize, count: last.count, seen: map[uint64]bool{}, next: []uint64{last.root}}
	for len(t.next) > 0 {
		id := t.next[len(t.next)-1]
		t.next = t.next[:len(t.next)-1]
		if err := t.page(id); err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
	}
	return nil
}

// page reads a page and notes those that it leads to.
func (t *tree) page(id uint64) error {
	if id < metaPages || id >= t.count {
		return fmt.Errorf("it is beyond the %d pages in use", t.count)
	}
	header := make([]byte, pageHeader)
	if _, err := t.file.ReadAt(header, int64(id*t.pageSize)); err != nil {
		return err
	}
	overflow := uint64(binary.NativeEndian.Uint32(header[12:]))
	if own := binary.NativeEndian.Uint64(header); own != id {
		return fmt.Errorf("it says that it is page %d", own)
	}
	if overflow >= t.count-id {
		return fmt.Errorf("its %d further pages are beyond the %d in use", overflow, t.count)
	}
	for further := range overflow + 1 {
		if t.seen[id+further] {
			return errors.New("it is reached twice")
		}
		t.seen[id+further] = true
	}
	content := make([]byte, (overflow+1)*t.pageSize)
	if _, err := t.file.ReadAt(content, int64(id*t.pageSize)); err != nil {
		return err
	}
	return t.elements(content)
}

// elements follows what the elements of a page name.
func (t *tree) elements(content []byte) error {
	kind, count := binary.NativeEndian.Uint16(content[8:]), int(binary.NativeEndian.Uint16(content[10:]))
	if kind != branchPage && kind != leafPage {
		return fmt.Errorf("it is of kind %#x", kind)
	}
	if kind == branchPage && count == 0 || pageHeader+count*elementSize > len(content) {
		return fmt.Errorf("it cannot hold %d elements", count)
	}
	for i := range count {
		at := pageHeader + i*elementSize
		element := content[at : at+elementSize]
		if kind == branchPage {
			if _, err := part(content, at, element[0:], element[4:]); err != nil {
				return fmt.Errorf("element %d: %w", i, err)
			}
			t.next = append(t.next, binary.NativeEndian.Uint64(element[8:]))
			continue
		}
		if err := t.leaf(content, at, element); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

// leaf looks at one key and its value, which may be a bucket.
func (t *tree) leaf(content []byte, at int, element []byte) error {
	keyEnd, err := part(content, at, element[4:], element[8:])
	if err != nil {
		return err
	}
	size := uint64(binary.NativeEndian.Uint32(element[12:]))
	if size > uint64(len(content)-keyEnd) {
		return errors.New("its value is beyond the page")
	}
	if binary.NativeEndian.Uint32(element)&bucketElement == 0 {
		return nil
	}
	if size < pageInBucket {
		return errors.New("its bucket is too short")
	}
	if root := binary.NativeEndian.Uint64(content[keyEnd:]); root != 0 {
		t.next = append(t.next, root)
	}
	return nil
}

// part returns where a key ends that begins at a distance from its element.
func part(content []byte, at int, distance, size []byte) (int, error) {
	end := uint64(at) + uint64(binary.NativeEndian.Uint32(distance)) + uint64(binary.NativeEndian.Uint32(size))
	if end > uint64(len(content)) {
		return 0, errors.New("its key is beyond the page")
	}
	return int(end), nil
}
