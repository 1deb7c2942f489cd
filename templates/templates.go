// Package templates holds the words that people read: letters to suppliers and managers, the sentence for
// each reason, and short labels, in zh-CN and en.
//
// It promises that nothing from an error's text reaches a supplier's letter: what goes out are the sentences
// of this package, filled with pages and roles only. Letters can be replaced by files in a folder; a file that cannot work
// is refused when it is loaded, never when a letter is due. It does not compose mail; package mailbox does.
package templates

import (
	"time"

	"contractd/workflow"
)

// Company is what letters say about us.
type Company struct {
	Name     string         // As in contracts.
	Mailbox  string         // The designated mailbox (数据电文指定接收系统) to which returns go.
	Contact  string         // Whom to ask: a name, telephone or address; empty means the mailbox.
	Location *time.Location // For dates; nil means China Standard Time.
}

// Words is a letter in words.
type Words struct {
	Subject string // One line.
	Text    string // Plain text, LF only.
	HTML    string // The same for mail programs that show it; no external content.
}

// Set is a complete set of letters, safe for concurrent use.
type Set struct{}

// Load returns the embedded letters, each replaced by the file of the same name in overrideDir where there is one.
// An empty overrideDir replaces nothing. A broken file is an error naming the file and line.
func Load(overrideDir string) (*Set, error) { return &Set{}, nil }

// Write puts a notice into words.
func (s *Set) Write(notice workflow.Notice, company Company) (Words, error) { return Words{}, nil }

// Audience says who reads a sentence.
type Audience string

const (
	ForSupplier Audience = "supplier" // Says what to do, in words for one who has never seen such a contract.
	ForOperator Audience = "operator" // Says what was found, in the terms of the trade.
)

// Sentence says in one or two sentences what a reason means, filling in the cause's page and role. The cause's detail
// is never used.
func Sentence(reason workflow.Reason, language workflow.Language, audience Audience, cause workflow.Cause) string {
	return ""
}

// Labelled are the closed sets that have short labels.
type Labelled interface {
	workflow.State | workflow.Role | workflow.Rung | workflow.ChangeLevel | workflow.Outcome | workflow.Disposition |
		workflow.DeliveryState | workflow.LetterKind | workflow.Coverage | workflow.ProblemKind | workflow.Side
}

// Label returns a short label for tables and forms, or the value itself where there is none.
func Label[T Labelled](value T, language workflow.Language) string { return "" }
