package powercut

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// Shape says what survives of what is not durable.
type Shape int

const (
	Dropped Shape = iota // Nothing.
	Kept                 // All of it.
	Prefix               // All up to some operation.
	Subset               // Any part of the operations.
	Torn                 // Any part, and writes are cut at sectors.
	Noise                // As Torn, with noise in the sector that was being written.
	shapes
)

// Cut is one power cut.
type Cut struct {
	At    int64
	Model Model
	Shape Shape
	Seed  uint64
}

// Plan chooses cuts: just before and just after each sync ends, and somewhere between two of them; all of these moments in
// turn, then again, with shapes and models mixed. The same seed chooses the same. They are in the order of time.
func Plan(ops []Op, count int, seed uint64) []Cut {
	var ends []int64
	for _, op := range ops {
		if op.Kind == Sync {
			ends = append(ends, op.End)
		}
	}
	if len(ends) == 0 {
		return nil
	}
	slices.Sort(ends)
	random := rand.New(rand.NewPCG(seed, 0))
	var moments []int64
	for i, end := range ends {
		between := end
		if i+1 < len(ends) && ends[i+1] > end {
			between += random.Int64N(ends[i+1] - end)
		}
		moments = append(moments, end-1, end, between)
	}
	stride := max(1, float64(len(moments))/float64(count))
	var cuts []Cut
	for i := range count {
		at := moments[int(float64(i)*stride)%len(moments)]
		cuts = append(cuts, Cut{At: at, Model: Model(random.IntN(2)), Shape: Shape(random.IntN(int(shapes))), Seed: random.Uint64()})
	}
	slices.SortStableFunc(cuts, func(a, b Cut) int { return cmp.Compare(a.At, b.At) })
	return cuts
}

// survivors decides for one cut what is there.
type survivors struct {
	Cut
	random *rand.Rand
	limit  int // Operations of a lower number survive, for Prefix and for entries under Ordered.
}

// survivors looks at what is in doubt.
func (d *Disk) survivors(cut Cut) *survivors {
	s := &survivors{Cut: cut, random: rand.New(rand.NewPCG(cut.Seed, uint64(cut.At)))}
	first, last := d.number+1, d.number+1
	for _, made := range d.links {
		if !made.durable[cut.Model] {
			first = min(first, made.number)
		}
	}
	for _, file := range d.files {
		for _, made := range file.changes {
			if !made.durable {
				first = min(first, made.number)
			}
		}
	}
	s.limit = first + s.random.IntN(last-first+1)
	return s
}

// entry decides about an entry in doubt. Both entries of a rename within one folder are one: no file system parts them.
func (s *survivors) entry(made *link) bool {
	switch {
	case s.Shape == Dropped:
		return false
	case s.Shape == Kept:
		return true
	case s.Shape == Prefix || s.Model == Ordered:
		return made.number < s.limit
	}
	return s.coin(made.number, made.folder)
}

// coin is thrown once for each folder of an operation.
func (s *survivors) coin(number int, folder *node) bool {
	return rand.New(rand.NewPCG(s.Seed^uint64(number)<<20, uint64(folder.number))).IntN(2) == 0
}

// sector is what a disk writes at once; page is what a kernel does.
const (
	sector = 512
	page   = 4096
)

// apply returns the content with what survives of a change in doubt.
func (s *survivors) apply(made *change, content []byte) []byte {
	kept := false
	switch s.Shape {
	case Dropped:
	case Kept:
		kept = true
	case Prefix:
		kept = made.number < s.limit
	default:
		kept = s.random.IntN(2) == 0
	}
	switch {
	case s.Shape >= Torn && !made.resize && s.random.IntN(2) == 0:
		return s.tear(made, content)
	case kept:
		return made.apply(content)
	case s.Shape >= Subset && s.random.IntN(4) == 0: // The size was written and the data was not.
		return grown(content, made.offset+int64(len(made.data)))
	}
	return content
}

// tear applies some sectors of a write: those at its beginning, those at its end, or any.
func (s *survivors) tear(made *change, content []byte) []byte {
	unit := []int64{sector, page}[s.random.IntN(2)]
	end := made.offset + int64(len(made.data))
	first, after := made.offset/unit, (end+unit-1)/unit
	if after <= first {
		return content
	}
	border, manner := first+s.random.Int64N(after-first), s.random.IntN(3)
	for at := first; at < after; at++ {
		there := [3]bool{at < border, at >= border, s.random.IntN(2) == 0}[manner]
		from, to := max(at*unit, made.offset), min((at+1)*unit, end)
		piece := change{data: made.data[from-made.offset : to-made.offset], offset: from}
		switch {
		case s.Shape == Noise && at == border:
			noise := make([]byte, to-from)
			for i := range noise {
				noise[i] = byte(s.random.Uint32())
			}
			piece.data = noise
		case !there:
			continue
		}
		content = piece.apply(content)
	}
	return content
}
