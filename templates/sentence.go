package templates

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"text/template"

	"contractd/workflow"
)

// Audience says who reads a sentence.
type Audience string

const (
	ForSupplier Audience = "supplier" // Says what to do, in words for one who has never seen such a contract.
	ForOperator Audience = "operator" // Says what was found, in the terms of the trade.
)

//go:embed reasons/*.tmpl
var reasonFiles embed.FS

// sentences reads the embedded sentences once; a test reads all of them, so that this cannot fail in the field.
var sentences = sync.OnceValues(func() (map[workflow.Language]*template.Template, error) {
	all := map[workflow.Language]*template.Template{}
	for _, language := range Languages {
		parsed, err := template.ParseFS(reasonFiles, fmt.Sprintf("reasons/%s.tmpl", language))
		if err != nil {
			return nil, fmt.Errorf("read embedded sentences: %w", err)
		}
		all[language] = parsed
	}
	return all, nil
})

// Sentence says in one to three sentences what a reason means, filling in the cause's page and role. The cause's
// detail is never used. A reason without a sentence yields its code.
func Sentence(reason workflow.Reason, language workflow.Language, audience Audience, cause workflow.Cause) string {
	place := struct {
		Page int
		Role string
	}{Page: cause.Page}
	if cause.Role != "" {
		place.Role = Label(cause.Role, language)
	}
	return sentence(string(audience)+"/"+string(reason), string(reason), language, place)
}

// Problem says to a supplier what kept us from finding a PDF in a message, and what to do.
func Problem(kind workflow.ProblemKind, language workflow.Language) string {
	return sentence("problem/"+string(kind), string(kind), language, nil)
}

// sentence fills a named sentence, or returns the code.
func sentence(name, code string, language workflow.Language, data any) string {
	all, err := sentences()
	if err != nil {
		return code
	}
	var out strings.Builder
	if err := all[known(language)].ExecuteTemplate(&out, name, data); err != nil {
		return code
	}
	return out.String()
}
