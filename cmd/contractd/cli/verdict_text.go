package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"contractd/templates"
	"contractd/workflow"
)

// verdictText prints a verdict for people.
type verdictText struct {
	w        io.Writer
	language workflow.Language
	err      error
}

// say chooses one of two texts.
func (t *verdictText) say(english, chinese string) string {
	if t.language == workflow.Chinese {
		return chinese
	}
	return english
}

func (t *verdictText) printf(format string, args ...any) {
	for n, arg := range args { // What a file says of itself may hold control characters, which a terminal would obey.
		if text, ok := arg.(string); ok {
			args[n] = printable(text)
		}
	}
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

// line prints one fact, its value in a column.
func (t *verdictText) line(english, chinese, value string) {
	if value == "" {
		return
	}
	name := t.say(english, chinese) + ":"
	t.printf("  %s%s%s\n", name, strings.Repeat(" ", max(1, 15-width.StringWidth(name))), value)
}

// bothWords names an outcome in both languages, for readers of either.
func bothWords(outcome workflow.Outcome) string {
	return templates.Label(outcome, workflow.English) + " " + templates.Label(outcome, workflow.Chinese)
}

func (t *verdictText) print(path string, v workflow.Verdict) error {
	t.printf("%s\n", path)
	t.printf("verdict: %s\n", bothWords(v.Verdict))
	if v.Pages > 0 {
		t.line("pages", "页数", fmt.Sprint(v.Pages))
	}
	t.line("sha256", "SHA-256", v.Document.Hash.String())
	if !v.Arrived.IsZero() {
		t.line("arrived", "到达时间", fmt.Sprintf("%s (%s)", moment(v.Arrived, time.Local), t.say("proven by our timestamp over the file", "已由我方对文件加盖的时间戳证明")))
	}
	t.causes(v.Causes)
	for n, signature := range v.Signatures {
		t.signature(n+1, len(v.Signatures), signature)
	}
	for _, note := range v.Notes {
		t.line("note", "备注", note)
	}
	return t.err
}

func (t *verdictText) signature(number, of int, s workflow.Signature) {
	t.printf("\n%s %d/%d  %s: %s\n", t.kind(s.Kind), number, of, s.Field, bothWords(s.Verdict))
	t.line("signer", "签署人", t.signer(s))
	t.line("issuer", "颁发机构", s.Issuer)
	t.line("time", "时间", t.times(s))
	t.line("covers", "覆盖范围", templates.Label(s.Coverage, t.language))
	t.line("level", "级别", s.Level)
	t.line("algorithm", "算法", s.Algorithm)
	t.line("came later", "后续改动", templates.Label(s.LaterChanges, t.language))
	t.line("marks", "印迹", t.marks(s.Marks))
	t.line("says", "签署说明", strings.Join(s.Statement, "; "))
	t.causes(s.Causes)
}

func (t *verdictText) kind(kind string) string {
	switch kind {
	case "timestamp":
		return t.say("timestamp", "时间戳")
	case "certification":
		return t.say("certification", "认证签名")
	}
	return t.say("signature", "签名")
}

func (t *verdictText) signer(s workflow.Signature) string {
	text := s.Signer
	if s.Certificate != nil && s.Certificate.Organization != "" && s.Certificate.Organization != s.Signer {
		text += ", " + s.Certificate.Organization
	}
	if s.Side != "" {
		text += " (" + templates.Label(s.Side, t.language) + ")"
	}
	return text
}

// times says what is proven, and what is only claimed.
func (t *verdictText) times(s workflow.Signature) string {
	var all []string
	if !s.Time.IsZero() {
		all = append(all, fmt.Sprintf("%s (%s %s, %s)", moment(s.Time, time.Local), t.say("proven by", "已证明，"), s.Authority, templates.Label(s.TimeSource, t.language)))
	}
	if !s.ClaimedTime.IsZero() {
		all = append(all, fmt.Sprintf("%s (%s)", moment(s.ClaimedTime, time.Local), t.say("claimed", "自称")))
	}
	if len(all) == 0 {
		return t.say("unknown", "未知")
	}
	return strings.Join(all, ", ")
}

func (t *verdictText) marks(marks []workflow.Mark) string {
	var pages []string
	for _, mark := range marks {
		if page := fmt.Sprint(mark.Page); !slices.Contains(pages, page) {
			pages = append(pages, page)
		}
	}
	if len(pages) == 0 {
		return t.say("none (invisible)", "无（不可见签名）")
	}
	return t.say("page ", "第 ") + strings.Join(pages, ", ") + t.say("", " 页")
}

// causes prints why, in a sentence for operators and the detail that was found.
func (t *verdictText) causes(causes []workflow.Cause) {
	for _, cause := range causes {
		t.printf("  ! %s (%s): %s\n", cause.Reason, bothWords(cause.Weight),
			templates.Sentence(cause.Reason, t.language, templates.ForOperator, cause))
		if cause.Detail != "" {
			t.printf("      %s\n", cause.Detail)
		}
	}
}
