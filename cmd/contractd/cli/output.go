package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// printJSON prints one value for programs.
func (e *env) printJSON(value any) error {
	encoder := json.NewEncoder(e.stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// jsonLine is one value on one line, with its end.
func jsonLine(value any) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil { // Our own records hold nothing that JSON cannot.
		return "{}\n"
	}
	return out.String()
}

// table is rows of text under headings.
type table struct {
	heads []string
	rows  [][]string
}

// add appends a row. What came from outside may hold control characters, which a terminal would obey.
func (t *table) add(cells ...string) {
	for n := range cells {
		cells[n] = printable(cells[n])
	}
	t.rows = append(t.rows, cells)
}

// printable replaces what is not seen but obeyed: control characters, and those that turn the direction of text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return '\ufffd'
		}
		return r
	}, text)
}

// print aligns the columns; a Chinese character is two columns wide.
func (t *table) print(w io.Writer) error {
	widths := make([]int, len(t.heads))
	for _, row := range append([][]string{t.heads}, t.rows...) {
		for n, cell := range row {
			widths[n] = max(widths[n], width.StringWidth(cell))
		}
	}
	for _, row := range append([][]string{t.heads}, t.rows...) {
		var line strings.Builder
		for n, cell := range row {
			line.WriteString(cell)
			if n < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[n]-width.StringWidth(cell)+2))
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// width measures without asking the locale, so that tables look the same under LANG=C; ambiguous characters such as
// “ and … are narrow there.
var width = &runewidth.Condition{StrictEmojiNeutral: true}

// csv prints the same rows for spreadsheets, with a byte order mark so that Excel reads Chinese.
func (t *table) csv(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	for _, row := range append([][]string{t.heads}, t.rows...) {
		if err := out.Write(harmless(row)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// harmless puts an apostrophe before what a spreadsheet would run as a formula.
func harmless(row []string) []string {
	cells := slices.Clone(row)
	for n, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t", rune(cell[0])) {
			cells[n] = "'" + cell
		}
	}
	return cells
}

// day prints a date for people, in the zone; empty for no date.
func day(at time.Time, zone *time.Location) string {
	if at.IsZero() {
		return ""
	}
	return at.In(zone).Format("2006-01-02")
}

// moment prints a time for people, in the zone.
func moment(at time.Time, zone *time.Location) string {
	if at.IsZero() {
		return ""
	}
	return at.In(zone).Format("2006-01-02 15:04:05 -07:00")
}
