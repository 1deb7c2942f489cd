package contract

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"contractd/workflow"
)

// blockKind is what a line of an expanded template is.
type blockKind int

const (
	blockParagraph  blockKind = iota // Begins with two empty characters.
	blockTitle                       // "# 采购合同"
	blockHeading                     // "## 第一条 标的"
	blockFlush                       // "| text", not indented.
	blockParties                     // "@parties": both parties with what identifies them.
	blockItems                       // "@items": the table of items with its total.
	blockSignatures                  // "@signatures": where both parties seal, kept together on a page.
)

// block is one line of an expanded template.
type block struct {
	kind blockKind
	text string
}

// maxTemplate is the size of a template's file, and of what it expands to.
const maxTemplate = 1 << 20

// expand executes a template and reads its lines. In a template, a line is a paragraph; "#" begins the title,
// "##" a heading, "|" a paragraph without indent; @parties, @items and @signatures stand for what is built from the data.
func expand(data Data, name string) ([]block, error) {
	shown, text, err := readTemplate(name)
	if err != nil {
		return nil, err
	}
	amount, err := data.Amount()
	if err != nil {
		return nil, err
	}
	parsed, err := template.New(shown).Option("missingkey=error").Funcs(template.FuncMap{
		"day": day, "add": func(a, b int) int { return a + b }, "numeral": numeral,
		"words": func() string { return InWords(amount) }, "figures": func() string { return currencies[amount.Currency].sign + figures(amount.Minor) },
	}).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read template: %w: %w", err, workflow.ErrUsage)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&limited{&out}, data); err != nil {
		return nil, fmt.Errorf("fill template: %w: %w", err, workflow.ErrUsage)
	}
	var blocks []block
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		next, err := parseBlock(line)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", shown, err)
		}
		blocks = append(blocks, next)
	}
	return blocks, nil
}

// limited ends a template that writes without end.
type limited struct{ *bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxTemplate {
		return 0, fmt.Errorf("the contract becomes longer than 1 MiB")
	}
	return l.Buffer.Write(p)
}

// readTemplate returns the text of an embedded template or of a file, and how errors call it.
func readTemplate(name string) (shown, text string, err error) {
	if name == "" {
		name = "purchase"
	}
	if !strings.ContainsAny(name, "./"+string(filepath.Separator)) {
		raw, err := templateFiles.ReadFile(name + ".tmpl")
		if err != nil {
			return name, "", workflow.WithHint(fmt.Errorf("contract template %q: %w", name, workflow.ErrNotFound), "embedded is: purchase; or give a file's path")
		}
		return name + ".tmpl", string(raw), nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return name, "", fmt.Errorf("read contract template: %w", err)
	}
	if info.Size() > maxTemplate {
		return name, "", fmt.Errorf("read contract template %s: larger than 1 MiB: %w", name, workflow.ErrUsage)
	}
	raw, err := os.ReadFile(name)
	return name, string(raw), err
}

// parseBlock recognises what a line is.
func parseBlock(line string) (block, error) {
	for _, form := range []struct {
		mark string
		kind blockKind
	}{{"## ", blockHeading}, {"# ", blockTitle}, {"| ", blockFlush}} {
		if text, found := strings.CutPrefix(line, form.mark); found {
			return block{form.kind, strings.TrimSpace(text)}, nil
		}
	}
	switch line {
	case "@parties":
		return block{kind: blockParties}, nil
	case "@items":
		return block{kind: blockItems}, nil
	case "@signatures":
		return block{kind: blockSignatures}, nil
	}
	if strings.HasPrefix(line, "@") || strings.HasPrefix(line, "#") {
		return block{}, fmt.Errorf("line %.40q is unknown; want #, ##, |, @parties, @items, @signatures or text: %w", line, workflow.ErrUsage)
	}
	return block{blockParagraph, line}, nil
}

// numeral writes 1 to 99 as articles are numbered: 十二.
func numeral(n int) string {
	digits := []rune("零一二三四五六七八九")
	switch {
	case n < 1 || n > 99:
		return fmt.Sprint(n)
	case n < 10:
		return string(digits[n])
	}
	text := "十"
	if n >= 20 {
		text = string(digits[n/10]) + "十"
	}
	if n%10 > 0 {
		text += string(digits[n%10])
	}
	return text
}
