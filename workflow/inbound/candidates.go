package inbound

import (
	"slices"
	"strings"
	"unicode"

	"contractd/workflow"
)

// Bounds of the search for numbers in a text.
const (
	maxSearched   = 400  // Characters of the text.
	maxCandidates = 3000 // Looked up, the longest first.
	minNumber     = 3    // A shorter number stands in too many texts by chance.
	maxLong       = 64   // workflow.CheckNumber
)

// piece is a part of a text that may be a contract's number.
type piece struct {
	from, to int // In characters.
	text     string
}

// candidates returns what in a text may be a contract's number, longest first: people write it right behind Chinese words and
// before them, so that any boundary counts but one within a word of Latin letters and digits or within a longer number.
func candidates(text string) []piece {
	letters := []rune(text)
	letters = letters[:min(len(letters), maxSearched)]
	var all []piece
	for from := range letters {
		if !begins(letters, from) {
			continue
		}
		digits := false
		for to := from; to < min(len(letters), from+maxLong) && inNumber(letters[to]); to++ {
			digits = digits || unicode.IsDigit(letters[to])
			if digits && to+1-from >= minNumber && ends(letters, to) {
				if number := string(letters[from : to+1]); workflow.CheckNumber(number) == nil {
					all = append(all, piece{from, to + 1, number})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b piece) int { return (b.to - b.from) - (a.to - a.from) })
	return all[:min(len(all), maxCandidates)]
}

func inNumber(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("._/()（）〔〕[]-", r)
}

// latin is what words and numbers are written in without spaces between.
func latin(r rune) bool {
	return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// joins are marks that stand within numbers. An underscore is none: programs put it between the parts of file names.
func joins(r rune) bool { return r == '-' || r == '/' || r == '.' }

// begins reports whether a number may begin here.
func begins(text []rune, at int) bool {
	if !unicode.IsLetter(text[at]) && !unicode.IsNumber(text[at]) {
		return false
	}
	if at == 0 || !latin(text[at]) {
		return true
	}
	before := text[at-1]
	return !latin(before) && !(joins(before) && at > 1 && latin(text[at-2]))
}

// ends reports whether a number may end here.
func ends(text []rune, at int) bool {
	if at+1 == len(text) {
		return true
	}
	after := text[at+1]
	if latin(text[at]) && latin(after) {
		return false
	}
	return !(joins(after) && at+2 < len(text) && unicode.IsDigit(text[at+2]))
}
