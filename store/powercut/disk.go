package powercut

import (
	"cmp"
	"fmt"
	"slices"
)

// Model says when an entry of a folder is durable.
type Model int

const (
	Strict  Model = iota // When the folder was synced: POSIX.
	Ordered              // When anything was synced; what is not yet durable survives in its order: journaling file systems.
)

// Disk is a folder while a run goes on: what is there, and how much of it is durable. It starts empty and durable.
type Disk struct {
	root   *node
	files  []*node // In the order of their making.
	links  []*link // All changes of folders, in order.
	events []event
	now    int64
	number int // Of the operation that is applied.
}

// node is a file, a folder or a socket, whatever its name.
type node struct {
	kind     Kind             // Open, Mkdir or Socket.
	number   int              // Of the operation that made it.
	names    map[string]*node // Of a folder, as the running system sees it.
	content  []byte           // Of a file: what is durable and precedes changes.
	changes  []*change
	appended int64 // Where the last write at Append ended; -1 after a write at an offset or a seek.
}

// change is a write to a file, or a new size.
type change struct {
	number  int
	data    []byte
	offset  int64 // The size, for a new size.
	resize  bool
	end     int64
	durable bool
}

// link is a change of one entry of a folder.
type link struct {
	number  int
	folder  *node
	name    string
	target  *node // nil removes the entry.
	end     int64
	durable [2]bool // By model.
}

// event is the start of an operation, or the end of a sync.
type event struct {
	at     int64
	op     Op
	number int
	sync   *event // Of an end: its start.
	target *node  // Of a started sync.
}

// NewDisk prepares a replay of operations, of one run or of several one after the other.
func NewDisk(ops []Op) *Disk {
	d := &Disk{root: newFolder(-1)}
	sorted := slices.Clone(ops)
	slices.SortStableFunc(sorted, func(a, b Op) int { return cmp.Compare(a.Start, b.Start) })
	var starts []*event
	for number, op := range sorted {
		starts = append(starts, &event{at: op.Start, op: op, number: number})
	}
	for _, start := range starts {
		d.events = append(d.events, event{at: start.at, number: start.number, op: start.op, sync: start})
		if start.op.Kind == Sync {
			d.events = append(d.events, event{at: start.op.End, number: -1, op: start.op, sync: start})
		}
	}
	slices.SortStableFunc(d.events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return d
}

func newFolder(number int) *node {
	return &node{kind: Mkdir, number: number, names: map[string]*node{}}
}

// Advance replays up to a moment, which is not before the last one.
func (d *Disk) Advance(at int64) error {
	if at < d.now {
		return fmt.Errorf("replay goes forward only: %d is before %d", at, d.now)
	}
	d.now = at
	for len(d.events) > 0 && d.events[0].at <= at {
		e := d.events[0]
		d.events = d.events[1:]
		if e.number < 0 {
			d.synced(e)
			continue
		}
		d.number = e.number
		if err := d.begin(e); err != nil {
			return fmt.Errorf("replay %s of %s: %w", e.op.Kind, e.op.Path, err)
		}
	}
	return nil
}

// synced makes durable what had ended when the sync began.
func (d *Disk) synced(e event) {
	target, began := e.sync.target, e.op.Start
	for _, made := range target.changes {
		made.durable = made.durable || made.end <= began
	}
	target.fold()
	for _, made := range d.links {
		if made.end > began {
			continue
		}
		made.durable[Strict] = made.durable[Strict] || made.folder == target
		made.durable[Ordered] = made.durable[Ordered] || made.folder == target || !e.op.DataOnly
	}
}

// fold takes durable changes into the content as far as nothing in doubt precedes them.
func (n *node) fold() {
	for len(n.changes) > 0 && n.changes[0].durable {
		n.content = n.changes[0].apply(n.content)
		n.changes = n.changes[1:]
	}
}

// apply returns the content after the change.
func (c *change) apply(content []byte) []byte {
	if c.resize {
		return grown(content, c.offset)[:c.offset]
	}
	content = grown(content, c.offset+int64(len(c.data)))
	copy(content[c.offset:], c.data)
	return content
}

// grown returns content of at least that size, with zeros at the end.
func grown(content []byte, size int64) []byte {
	if missing := size - int64(len(content)); missing > 0 {
		content = append(content, make([]byte, missing)...)
	}
	return content
}
