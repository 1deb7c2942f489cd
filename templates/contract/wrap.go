package contract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// measure returns the width of a text in em.
type measure func(text string) float64

// Characters that must not begin or end a line (GB/T 15834-2011, 5.1).
const (
	notFirst = "，。、；：？！）》〉】〕」』”’％．·…—～,.;:?!)]}%"
	notLast  = "（《〈【〔「『“‘￥([{"
)

// wrap breaks a text into lines of a width in em, the first one shorter by an indent. Chinese text breaks between any
// two characters but around punctuation, Latin words and numbers only where they would not fit a line of their own.
func wrap(text string, width, indent float64, of measure) []string {
	var lines []string
	line, room := []string(nil), width-indent
	used := 0.0
	for _, token := range tokens(text, width, of) {
		size := of(token)
		if used+size <= room+1e-9 || len(line) == 0 {
			line, used = append(line, token), used+size
			continue
		}
		if token == " " { // A space is not carried to the next line.
			continue
		}
		kept := keep(line, token)
		if of(strings.Join(line[kept:], ""))+size > width { // What moves down must fit there.
			kept = len(line)
		}
		lines = append(lines, finishLine(line[:kept]))
		line = append(append([]string(nil), line[kept:]...), token)
		room, used = width, of(strings.Join(line, ""))
	}
	if len(line) > 0 {
		lines = append(lines, finishLine(line))
	}
	return lines
}

// finishLine joins the tokens of a line without spaces at its end.
func finishLine(line []string) string { return strings.TrimRight(strings.Join(line, ""), " ") }

// keep returns how many tokens of a line stay when the next token does not fit: what must not end a line goes with it,
// and so does what stands before a mark that must not begin one. Where only marks follow one another, all stay.
func keep(line []string, next string) int {
	for at := len(line); at > 0 && at > len(line)-4; at-- {
		if !forbidden(next, notFirst) && !forbidden(line[at-1], notLast) {
			return at
		}
		next = line[at-1]
	}
	return len(line)
}

func forbidden(token, set string) bool {
	first, _ := utf8.DecodeRuneInString(token)
	return utf8.RuneCountInString(token) == 1 && strings.ContainsRune(set, first)
}

// tokens cuts a text into what is not broken: one Chinese character or mark, one space, or a run of others.
func tokens(text string, width float64, of measure) []string {
	var out []string
	run := ""
	flush := func() {
		if run != "" {
			out = append(out, fit(run, width, of)...)
			run = ""
		}
	}
	for _, r := range text {
		switch {
		case unicode.IsSpace(r) && r != '　':
			flush()
			out = append(out, " ")
		case r > 0x2000 || strings.ContainsRune(notFirst+notLast, r) && r > unicode.MaxASCII:
			flush()
			out = append(out, string(r))
		default:
			run += string(r)
		}
	}
	flush()
	return out
}

// fit breaks a run that is wider than a line anywhere.
func fit(run string, width float64, of measure) []string {
	if of(run) <= width {
		return []string{run}
	}
	var out []string
	piece := ""
	for _, r := range run {
		if piece != "" && of(piece+string(r)) > width {
			out = append(out, piece)
			piece = ""
		}
		piece += string(r)
	}
	return append(out, piece)
}
