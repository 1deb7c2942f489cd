// Package powercut replays what a run did to its files up to a moment at which the power fails, and writes the folder that
// the next start may find. It is for tests, and knows nothing of what the files hold.
//
// A run is recorded by strace (Syscalls, Options) and read by Parse, which refuses what it does not understand: a call that
// it passed over could be the one that matters. Plan chooses the moments, Disk replays.
//
// The model: what was written to a file is durable when an fsync or fdatasync of the file, begun after the write had ended,
// has ended. An entry of a folder (made, renamed, removed) is durable when an fsync of the folder has ended, begun after the
// entry (Strict, which is all that POSIX gives), or an fsync of anything (Ordered, as the journals of ext4, XFS and btrfs do
// it). Of all else any part may be there: see Shape. A sector of 512 bytes is written whole or not at all, or is noise.
//
// Not modelled: owners, modes and times; disks that lie about a flush, or lose what was durable; writes through shared
// mappings and links, which Parse refuses.
package powercut

// Kind is what an operation does.
type Kind string

const (
	Open     Kind = "open"     // Creates or empties a file.
	Write    Kind = "write"    // Writes Data at Offset.
	Truncate Kind = "truncate" // Sets the Size of a file.
	Sync     Kind = "sync"     // Makes a file or a folder durable.
	Rename   Kind = "rename"   // Moves Path to To, replacing it.
	Remove   Kind = "remove"   // Removes a file or a folder.
	Mkdir    Kind = "mkdir"    // Makes a folder.
	Socket   Kind = "socket"   // Makes a socket.
	Seek     Kind = "seek"     // Leaves it open where the next write without an offset begins.
)

// Op is one operation that succeeded. It may have had its effect at any moment from Start to End.
type Op struct {
	Kind     Kind
	Path     string // Below the root, with slashes; "." is the root.
	To       string // Of Rename.
	Data     []byte // Of Write.
	Offset   int64  // Of Write; Append where the last write ended.
	Size     int64  // Of Truncate.
	Create   bool   // Of Open: makes the file where it is not there.
	Clear    bool   // Of Open: empties the file that is there.
	DataOnly bool   // Of Sync: fdatasync.
	Start    int64  // Nanoseconds since 1970.
	End      int64
}

// Append as an offset is where the last such write to the file ended.
const Append = -1
