package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"contractd/workflow"
)

// Answers is what `init` asks. Empty fields leave the default, or out what only a person can know.
type Answers struct {
	Provider       Provider // hosts of a server of one's own are set in its IMAP and SMTP
	DataDir        string
	Company        string
	Contact        string
	Language       workflow.Language
	Login          string // of IMAP and SMTP, usually the address
	From           Address
	Password       Secret // of IMAP and SMTP
	Keys           []Key
	Marks          []Mark
	TimestampURLs  []string // none means seals of level B-B
	TimestampRoots []string
	Roots          []string
	Managers       []Address
}

//go:embed init.toml.tmpl
var initText string

var initTemplate = template.Must(template.New("init").Funcs(template.FuncMap{
	"quote":     quote,
	"list":      list,
	"secret":    writeSecret,
	"addresses": func(all []Address) string { return list(stringsOf(all)) },
}).Parse(initText))

// Write returns a commented configuration file made of the answers. Parse tells what they lack.
func Write(a Answers) ([]byte, error) {
	if a.Language == "" {
		a.Language = workflow.Chinese
	}
	var out bytes.Buffer
	err := initTemplate.Execute(&out, struct {
		Answers
		Hint    string
		Folders FiledInto
		Level   Level
	}{a, a.Provider.Hint(a.Language), a.Provider.Folders(a.Language), a.level()})
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return out.Bytes(), nil
}

func (a Answers) level() Level {
	if len(a.TimestampURLs) == 0 {
		return LevelBB
	}
	return LevelBT
}

// quote writes a TOML basic string. Go's own quoting knows escapes that TOML does not.
func quote(value any) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range fmt.Sprint(value) {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func list(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func stringsOf[T fmt.Stringer](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = v.String()
	}
	return all
}

func writeSecret(s Secret) string {
	switch {
	case s.File != "":
		return "{ file = " + quote(s.File) + " }"
	case s.Credential != "":
		return "{ credential = " + quote(s.Credential) + " }"
	}
	return "{ prompt = true }"
}
