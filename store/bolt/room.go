package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"contractd/workflow"
)

// Room knows whether the disk has room.
type Room interface {
	// Writable returns an error wrapping workflow.ErrSpace when nothing at all may be written; Apply then fails with it.
	Writable() error
	// Refused is told of each write that the disk refused for want of room.
	Refused(err error)
}

// writable asks before anything is written, so that a transaction does not end half way.
func (l *Ledger) writable() error {
	if l.options.Room == nil {
		return nil
	}
	return l.options.Room.Writable()
}

// tellRoom passes on that the disk refused a write.
func (l *Ledger) tellRoom(err error) {
	if l.options.Room != nil && errors.Is(err, workflow.ErrSpace) {
		l.options.Room.Refused(err)
	}
}

// noRoom returns an error wrapping workflow.ErrSpace when err says that the disk refused a write before any fsync; nothing
// of it then counts. It returns nil for any other failure, and for every failed fsync: what that one meant for earlier
// writes nobody knows.
func (l *Ledger) noRoom(err error) error {
	if err == nil || !refusedWrite(err) {
		return nil
	}
	return workflow.WithHint(fmt.Errorf("%w: %w", workflow.ErrSpace, err), "free space on the disk that holds "+l.options.Path+", or make it writable again")
}

// refusals are the errors by which a system refuses a write without having begun it.
var refusals = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS}

// refusedWrite tells refused writes from fsyncs by the operation: package os names it, and bbolt's fdatasync comes bare.
func refusedWrite(err error) bool {
	if slices.ContainsFunc(refusals, func(refusal error) bool { return growthFailed(err, refusal) }) {
		return true
	}
	if !slices.ContainsFunc(refusals, func(refusal error) bool { return errors.Is(err, refusal) }) {
		return false
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return slices.Contains([]string{"write", "open", "truncate", "mkdir", "chmod"}, path.Op)
	}
	return errors.As(err, new(*os.LinkError))
}

// growthFailed recognises a truncate that was to make the file larger: bbolt keeps only its text.
func growthFailed(err, refusal error) bool {
	text := err.Error()
	return strings.HasPrefix(text, "file resize error: ") && strings.HasSuffix(text, refusal.Error())
}
