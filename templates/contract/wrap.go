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
		carried := carry(&line, token)
		lines = append(lines, finishLine(line))
		line, room, used = append(carried, token), width, 0
		for _, t := range line {
			used += of(t)
		}
	}
	if len(line) > 0 {
		lines = append(lines, finishLine(line))
	}
	return lines
}

// finishLine joins the tokens of a line without spaces at its end.
func finishLine(line []string) string { return strings.TrimRight(strings.Join(line, ""), " ") }

// carry takes tokens from the end of a line that the next token forces onto the next line: what must not end a line, and
// what stands before a mark that must not begin one.
func carry(line *[]string, next string) []string {
	all := *line
	at := len(all)
	for at > 1 && at > len(all)-4 && (forbidden(next, notFirst) || forbidden(all[at-1], notLast)) {
		at--
		next = all[at]
	}
	*line = all[:at]
	return append([]string(nil), all[at:]...)
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
