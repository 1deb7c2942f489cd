// Package templates holds the words that people read: letters to suppliers and managers, the sentence for
// each reason, and short labels, in zh-CN and en.
//
// It promises that nothing from an error's text reaches a supplier's letter: what goes out are the sentences
// of this package, filled with pages and roles only. Letters can be replaced by files in a folder; a file that
// cannot work is refused when it is loaded, never when a letter is due. It does not compose mail; package
// mailbox does.
package templates

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"contractd/workflow"
)

// Company is what letters say about us.
type Company struct {
	Name     string         // As in contracts.
	Mailbox  string         // The designated mailbox (指定接收系统) to which returns go.
	Contact  string         // Whom to ask: a name, telephone or address; empty means the mailbox.
	Location *time.Location // For dates; nil means China Standard Time.
}

// Words is a letter in words.
type Words struct {
	Subject string // One line.
	Text    string // Plain text, LF only.
	HTML    string // The same for mail programs that show it; no external content.
}

// Write puts a notice into words, in its language; a language without texts gets the Chinese ones.
func (s *Set) Write(notice workflow.Notice, company Company) (Words, error) {
	letter, found := s.letters[letterName(notice.Kind, known(notice.Language))]
	if !found {
		return Words{}, fmt.Errorf("write letter: kind %q is unknown", notice.Kind)
	}
	return letter.write(newView(notice, company))
}

// write executes the three templates of a letter.
func (l letter) write(v view) (Words, error) {
	var subject, text, html bytes.Buffer
	if err := l.text.ExecuteTemplate(&subject, "subject", v); err != nil {
		return Words{}, fmt.Errorf("write subject: %w", err)
	}
	if err := l.text.Execute(&text, v); err != nil {
		return Words{}, fmt.Errorf("write text: %w", err)
	}
	if err := l.html.Execute(&html, v); err != nil {
		return Words{}, fmt.Errorf("write HTML: %w", err)
	}
	return Words{
		Subject: strings.Join(strings.Fields(subject.String()), " "),
		Text:    tidy(text.String()),
		HTML:    strings.TrimSpace(html.String()) + "\n",
	}, nil
}

// tidy removes white space at line ends and more than one empty line in a row, which conditions leave behind.
func tidy(text string) string {
	var out []string
	for line := range strings.Lines(strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n")) {
		line = strings.TrimRight(line, " \t\r\n")
		if line != "" || len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n") + "\n"
}
