package mailbox

import (
	"cmp"
	"time"
)

// Limits bound what one message may cost. The zero value of a field is its default.
type Limits struct {
	Raw     int64         // Bytes of the message; 50 MiB.
	Depth   int           // Nested multiparts and messages together; 10.
	Forward int           // Nested message/rfc822; 3.
	Parts   int           // Parts in all; 200.
	Entries int           // Files in one archive; 100.
	Ratio   int           // Of an archived file's size to what it takes in the archive; 100.
	Header  int           // Bytes of one part's header; 256 KiB.
	Decoded int64         // Bytes of all that was decoded or unpacked; 100 MiB.
	Time    time.Duration // For the whole message; 30 s.
}

// orDefaults fills what was left zero.
func (l Limits) orDefaults() Limits {
	return Limits{
		Raw:     cmp.Or(l.Raw, 50<<20),
		Depth:   cmp.Or(l.Depth, 10),
		Forward: cmp.Or(l.Forward, 3),
		Parts:   cmp.Or(l.Parts, 200),
		Entries: cmp.Or(l.Entries, 100),
		Ratio:   cmp.Or(l.Ratio, 100),
		Header:  cmp.Or(l.Header, 256<<10),
		Decoded: cmp.Or(l.Decoded, 100<<20),
		Time:    cmp.Or(l.Time, 30*time.Second),
	}
}
