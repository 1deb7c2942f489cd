package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"contractd/signer/pdf"
	"contractd/signer/verify"
	"contractd/workflow"
)

// mutants is how many are tried; `make mutants` tries 100,000.
func mutants(t *testing.T) int {
	text := os.Getenv("MUTANTS")
	if text == "" {
		return 1500
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("MUTANTS=%s is no number", text)
	}
	return n
}

// breed is an honest return whose last signature covers all of it but its own value.
type breed struct {
	name       string
	sent, file []byte
	gap        [2]int // Of the last value's token.
	values     []workflow.Hash
	options    verify.Options
}

// TestMutants changes returned files by bits, bytes, tokens and revisions, with a fixed seed. A mutant passes only if it differs
// from its parent in nothing but the last signature's unsigned room, and carries the same signatures.
func TestMutants(t *testing.T) {
	breeds := breedAll(t)
	n := mutants(t)
	random := rand.New(rand.NewPCG(2026, 1123))
	passed, outcomes, longest := 0, map[workflow.Outcome]int{}, time.Duration(0)
	for i := range n {
		parent := breeds[i%len(breeds)]
		file, how := parent.mutate(random, breeds)
		if slices.ContainsFunc(breeds, func(b breed) bool { return bytes.Equal(b.file, file) }) {
			continue // Nothing changed, or it became another honest one.
		}
		start := spent(t)
		v, err := judgeWithin(t.Context(), file, parent.options)
		if took := spent(t) - start; took > hang {
			t.Errorf("mutant %d of %s, %s, takes %v", i, parent.name, how, took)
		} else if took > longest {
			longest = took
		}
		if err != nil {
			t.Fatalf("mutant %d of %s, %s: %v", i, parent.name, how, err)
		}
		outcomes[v.Verdict]++
		if v.Verdict != workflow.Passed {
			continue
		}
		passed++
		if why := parent.differs(file, v); why != "" {
			t.Errorf("mutant %d of %s, %s, passes: %s", i, parent.name, how, why)
		}
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	if memory.Sys > mostMemory {
		t.Errorf("%d MiB were taken", memory.Sys>>20)
	}
	t.Logf("%d mutants of %d files: %v; %d MiB, at most %v of processor time for one", n, len(breeds), outcomes, memory.Sys>>20, longest)
}

// hang is how long one mutant may take, of processor time: the machine does much else.
const hang = 2 * time.Second

// waits is how long one may take by the clock.
const waits = time.Minute

// mostMemory is what all of it may take from the system.
const mostMemory = 512 << 20

func judgeWithin(ctx context.Context, file []byte, o verify.Options) (workflow.Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, waits)
	defer cancel()
	return verify.Verify(ctx, document(file), o)
}

func breedAll(t *testing.T) []breed {
	t.Helper()
	lab := newLab(t)
	samples, err := lab.Honest()
	if err != nil {
		t.Fatal(err)
	}
	var all []breed
	for _, s := range samples {
		if s.Sent == nil || s.Outcome != string(workflow.Passed) {
			continue
		}
		o := labOptions(lab, s.Sent)
		v := judge(t, s.File, o)
		if v.Verdict != workflow.Passed || len(v.Signatures) == 0 {
			continue
		}
		last := v.Signatures[len(v.Signatures)-1]
		gap, ok := lastGap(s.File)
		if last.Coverage != workflow.CoversFile || !ok {
			continue
		}
		all = append(all, breed{s.Name, s.Sent, s.File, gap, valuesOf(v), o})
	}
	if len(all) < 8 {
		t.Fatalf("only %d honest returns to mutate", len(all))
	}
	return all
}

// lastGap finds what the byte range of the last signature leaves out.
func lastGap(file []byte) ([2]int, bool) {
	f, err := pdf.Open(context.Background(), bytes.NewReader(file), int64(len(file)), pdf.Limits{})
	if err != nil {
		return [2]int{}, false
	}
	fields, err := f.Last().Fields()
	if err != nil {
		return [2]int{}, false
	}
	for _, field := range fields {
		if field.Type != "Sig" || field.Value == nil {
			continue
		}
		dict, err := f.Last().Dict(field.Value)
		if err != nil {
			return [2]int{}, false
		}
		span, err := f.Last().Array(dict["ByteRange"])
		if err != nil || len(span) != 4 {
			continue
		}
		number := func(i int) int { n, _ := span[i].(pdf.Integer); return int(n) }
		if number(2)+number(3) == len(file) {
			return [2]int{number(1), number(2)}, true
		}
	}
	return [2]int{}, false
}

func valuesOf(v workflow.Verdict) []workflow.Hash {
	var all []workflow.Hash
	for _, s := range v.Signatures {
		all = append(all, s.Value)
	}
	return all
}

// differs says what a passing mutant changed that it must not; empty if nothing.
func (b breed) differs(file []byte, v workflow.Verdict) string {
	switch {
	case bytes.HasPrefix(b.file, file) && bytes.HasSuffix(file, []byte("%%EOF\n")):
		return "" // The return as it stood before a revision that only adds validation material.
	case len(file) != len(b.file):
		return fmt.Sprintf("it has %d bytes in place of %d", len(file), len(b.file))
	case !bytes.Equal(file[:b.gap[0]], b.file[:b.gap[0]]) || !bytes.Equal(file[b.gap[1]:], b.file[b.gap[1]:]):
		return "signed bytes differ"
	case !slices.Equal(valuesOf(v), b.values):
		return "other signatures"
	}
	return ""
}

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
