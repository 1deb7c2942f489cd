package config

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong in a configuration file.
type Fault struct {
	Key     string // dotted, with indexes from 0: mail.imap.port, keys[1].name; empty for the file as a whole
	Line    int    // from 1; 0 where the key is missing and so is its table
	Message string
	Hint    string // the cure; may be empty
}

// String returns the fault in one line.
func (f Fault) String() string {
	var b strings.Builder
	if f.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", f.Line)
	}
	if f.Key != "" {
		b.WriteString(f.Key + ": ")
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString(" (" + f.Hint + ")")
	}
	return b.String()
}

// Faults is all that is wrong, in the order of lines.
type Faults []Fault

// Error returns one line for each fault.
func (f Faults) Error() string {
	all := make([]string, len(f))
	for i, fault := range f {
		all[i] = fault.String()
	}
	return strings.Join(all, "\n")
}
