package place

import (
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letter is one folded character, and which one of the text it comes from.
type letter struct {
	rune rune
	from int
}

// fold makes texts comparable: compatibility forms (full-width letters and brackets, Kangxi radicals that PDFs often carry in
// place of the characters) become the usual ones, letters small, dashes alike; spaces and what does not show go.
func fold(text string) []rune {
	var out []rune
	for _, l := range foldRunes([]rune(text)) {
		out = append(out, l.rune)
	}
	return out
}

func foldRunes(text []rune) []letter {
	out := make([]letter, 0, len(text))
	for n, r := range text {
		if r < 0x80 {
			if r > ' ' && r != 0x7f {
				out = append(out, letter{unicode.ToLower(r), n})
			}
			continue
		}
		for _, plain := range norm.NFKC.String(string(r)) {
			switch {
			case unicode.IsSpace(plain), unicode.IsControl(plain), unicode.Is(unicode.Cf, plain), plain == unicode.ReplacementChar, plain >= 0xFFF0 && plain <= 0xFFFF:
			case unicode.Is(unicode.Pd, plain):
				out = append(out, letter{'-', n})
			default:
				out = append(out, letter{unicode.ToLower(plain), n})
			}
		}
	}
	return out
}

// occurrences returns where the key begins.
func occurrences(text []letter, key []rune) []int {
	var found []int
	for at := 0; at+len(key) <= len(text); at++ {
		n := 0
		for n < len(key) && text[at+n].rune == key[n] {
			n++
		}
		if n == len(key) {
			found = append(found, at)
		}
	}
	return found
}

// nearest returns the part of the text that is closest to the key by edits, and how many there are (Sellers' algorithm).
func nearest(text []letter, key []rune) (from, to, edits int) {
	type cell struct{ cost, from int }
	column := make([]cell, len(key)+1)
	for n := range column {
		column[n] = cell{n, 0}
	}
	edits = len(key)
	for at, l := range text {
		diagonal := column[0]
		column[0] = cell{0, at + 1}
		for n, r := range key {
			best := diagonal
			if r != l.rune {
				best.cost++
			}
			if left := column[n+1]; left.cost+1 < best.cost {
				best = cell{left.cost + 1, left.from}
			}
			if up := column[n]; up.cost+1 < best.cost {
				best = cell{up.cost + 1, up.from}
			}
			diagonal, column[n+1] = column[n+1], best
		}
		if last := column[len(key)]; last.cost < edits {
			from, to, edits = last.from, at+1, last.cost
		}
	}
	return from, to, edits
}
