package verify_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
)

// mutate returns a changed copy and says how.
func (b breed) mutate(random *rand.Rand, others []breed) ([]byte, string) {
	file := bytes.Clone(b.file)
	at := b.place(random)
	switch random.IntN(12) {
	case 9:
		return b.changeToken(random)
	case 10:
		return b.changeCMS(random)
	case 11:
		return b.swapRevisions(random)
	case 0:
		file[at] ^= 1 << random.IntN(8)
		return file, fmt.Sprintf("bit at %d", at)
	case 1:
		file[at] = "0123456789<>[]()/ \n%RfnaF"[random.IntN(25)]
		return file, fmt.Sprintf("byte at %d", at)
	case 2:
		return changeNumber(file, at, random), fmt.Sprintf("number near %d", at)
	case 3:
		n := min(1+random.IntN(40), len(file)-at)
		return slices.Delete(file, at, at+n), fmt.Sprintf("cut %d at %d", n, at)
	case 4:
		n, to := min(1+random.IntN(400), len(file)-at), b.place(random)
		return slices.Insert(file, to, slices.Clone(file[at:at+n])...), fmt.Sprintf("copied %d from %d to %d", n, at, to)
	case 5:
		n, to := 1+random.IntN(60), b.place(random)
		n = min(n, len(file)-at, len(file)-to)
		copy(file[to:to+n], slices.Clone(b.file[at:at+n]))
		return file, fmt.Sprintf("%d from %d over %d", n, at, to)
	case 6:
		other := others[random.IntN(len(others))]
		return append(file, other.file[min(len(other.sent), len(other.file)):]...), "appended what follows in " + other.name
	case 7:
		other := others[random.IntN(len(others))]
		tail := other.file[min(len(other.sent), len(other.file)):]
		if end := bytes.Index(tail[random.IntN(len(tail)):], []byte("%%EOF")); end > 0 {
			tail = slices.Concat(tail[:end+6], b.file[at:])
		}
		return slices.Concat(b.sent, tail), "tail of " + other.name
	}
	return swapObjects(file, random), "two objects' numbers swapped"
}

// structures are where tokens of cross-references, trailers and signature dictionaries begin, and end.
var structures = [][2]string{{"xref", "trailer"}, {"trailer", "startxref"}, {"startxref", "%%EOF"}, {"/Type /XRef", "stream"}, {"/ByteRange", "endobj"}, {"/SubFilter", "endobj"}, {"/FT /Sig", "endobj"}}

var token = regexp.MustCompile(`/?[A-Za-z0-9.+-]+|<<|>>|[\[\]]|\([^)]{0,200}\)`)

// changeToken replaces, removes or doubles one token of a structure.
func (b breed) changeToken(random *rand.Rand) ([]byte, string) {
	kind := structures[random.IntN(len(structures))]
	var all [][2]int
	for from := 0; ; {
		at := bytes.Index(b.file[from:], []byte(kind[0]))
		if at < 0 {
			break
		}
		at += from
		end := bytes.Index(b.file[at:], []byte(kind[1]))
		if end < 0 {
			break
		}
		for _, span := range token.FindAllIndex(b.file[at:at+end+len(kind[1])], 400) {
			all = append(all, [2]int{at + span[0], at + span[1]})
		}
		from = at + len(kind[0])
	}
	if len(all) == 0 {
		return b.file, "nothing"
	}
	one, other := all[random.IntN(len(all))], all[random.IntN(len(all))]
	instead := [][]byte{nil, []byte("0"), []byte("null"), b.file[other[0]:other[1]], bytes.Repeat(append(b.file[one[0]:one[1]:one[1]], ' '), 2)}[random.IntN(5)]
	return slices.Concat(b.file[:one[0]], instead, b.file[one[1]:]), fmt.Sprintf("token %.20q at %d became %.20q", b.file[one[0]:one[1]], one[0], instead)
}

// changeCMS changes one octet of a signature's value, or cuts its end off: the file's length stays.
func (b breed) changeCMS(random *rand.Rand) ([]byte, string) {
	file := bytes.Clone(b.file)
	gap := b.file[b.gap[0]+1 : b.gap[1]-1]
	used := len(bytes.TrimRight(gap, "0"))
	at := b.gap[0] + 1 + random.IntN(max(1, min(used+4, len(gap))))
	if random.IntN(8) == 0 {
		for i := at; i < b.gap[1]-1; i++ {
			file[i] = '0'
		}
		return file, fmt.Sprintf("value ends at %d", at)
	}
	file[at] = "0123456789abcdefABCDEF \nz<>"[random.IntN(27)]
	return file, fmt.Sprintf("value at %d", at)
}

// swapRevisions cuts the file at its end-of-file markers, and leaves a part out, doubles it, or swaps it with another.
func (b breed) swapRevisions(random *rand.Rand) ([]byte, string) {
	parts := bytes.SplitAfter(b.file, []byte("%%EOF\n"))
	i, j := random.IntN(len(parts)), random.IntN(len(parts))
	how := "left out"
	switch random.IntN(3) {
	case 0:
		parts = slices.Delete(parts, i, i+1)
	case 1:
		parts, how = slices.Insert(parts, j, parts[i]), "doubled"
	default:
		parts[i], parts[j] = parts[j], parts[i]
		how = "swapped"
	}
	return slices.Concat(parts...), fmt.Sprintf("revision %d %s, %d", i, how, j)
}

// marks are where a change is most likely to mean something.
var marks = [][]byte{
	[]byte("xref"), []byte("trailer"), []byte("startxref"), []byte("/ByteRange"), []byte("/Contents"), []byte("/Prev"), []byte("/Root"), []byte("/Size"),
	[]byte(" obj"), []byte("/Annots"), []byte("/Fields"), []byte("/Kids"), []byte("/V "), []byte("/AP"), []byte("/Rect"), []byte("%%EOF"), []byte("stream"),
}

// place chooses where to change: half of the time behind what was sent, and half of that near a token that matters.
func (b breed) place(random *rand.Rand) int {
	from := 0
	if random.IntN(2) == 0 {
		from = len(b.sent)
	}
	at := from + random.IntN(len(b.file)-from)
	if random.IntN(2) == 0 {
		mark := marks[random.IntN(len(marks))]
		if found := bytes.Index(b.file[at:], mark); found >= 0 {
			at += found + random.IntN(len(mark)+12)
		}
	}
	return min(at, len(b.file)-1)
}

// changeNumber adds to the next number.
func changeNumber(file []byte, at int, random *rand.Rand) []byte {
	for i := at; i < len(file); i++ {
		if file[i] >= '0' && file[i] <= '8' {
			file[i] += byte(1 + random.IntN(int('9'-file[i])))
			break
		}
	}
	return file
}

// swapObjects lets two objects of the file trade their numbers.
func swapObjects(file []byte, random *rand.Rand) []byte {
	var heads []int
	for i := 0; ; {
		found := bytes.Index(file[i:], []byte(" 0 obj"))
		if found < 0 {
			break
		}
		heads = append(heads, i+found)
		i += found + 6
	}
	if len(heads) < 2 {
		return file
	}
	a, b := heads[random.IntN(len(heads))], heads[random.IntN(len(heads))]
	if a > 0 && b > 0 {
		file[a-1], file[b-1] = file[b-1], file[a-1]
	}
	return file
}
