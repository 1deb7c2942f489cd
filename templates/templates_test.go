package templates

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
)

func TestEveryReasonHasItsSentences(t *testing.T) {
	cause := workflow.Cause{Page: 3, Role: workflow.RoleEmployee, Detail: "dial tcp 10.0.0.1: secret"}
	for _, reason := range workflow.Reasons {
		seen := map[string]bool{}
		for _, language := range Languages {
			for _, audience := range []Audience{ForSupplier, ForOperator} {
				text := Sentence(reason, language, audience, cause)
				if text == string(reason) || strings.Contains(text, "secret") || strings.Contains(text, "{{") || strings.Contains(text, "\n") {
					t.Errorf("%s for %s in %s: %q", reason, audience, language, text)
				}
				if seen[text] {
					t.Errorf("%s: the sentence %q serves twice", reason, text)
				}
				seen[text] = true
				if chinese := strings.ContainsAny(text, "的。，、"); chinese != (language == workflow.Chinese) {
					t.Errorf("%s in %s is in another language: %q", reason, language, text)
				}
			}
		}
	}
}

func TestSentencesAreDistinct(t *testing.T) {
	for _, language := range Languages {
		for _, audience := range []Audience{ForSupplier, ForOperator} {
			seen := map[string]workflow.Reason{}
			for _, reason := range workflow.Reasons {
				text := Sentence(reason, language, audience, workflow.Cause{})
				if other, twice := seen[text]; twice {
					t.Errorf("%s and %s have the same sentence for %s in %s", reason, other, audience, language)
				}
				seen[text] = reason
			}
		}
	}
}

func TestSentenceNamesPageAndRole(t *testing.T) {
	page := workflow.Cause{Page: 7}
	for _, reason := range []workflow.Reason{workflow.ReasonChangedPage, workflow.ReasonAnnotation, workflow.ReasonFormChanged, workflow.ReasonMarkSize, workflow.ReasonMarkHidden} {
		for _, language := range Languages {
			if text := Sentence(reason, language, ForSupplier, page); !strings.Contains(text, "7") {
				t.Errorf("%s in %s does not name the page: %q", reason, language, text)
			}
			if text := Sentence(reason, language, ForSupplier, workflow.Cause{}); strings.Contains(text, "0") {
				t.Errorf("%s in %s names page 0: %q", reason, language, text)
			}
		}
	}
	role := workflow.Cause{Role: workflow.RoleEmployee}
	for _, language := range Languages {
		if text := Sentence(workflow.ReasonRoleMissing, language, ForSupplier, role); !strings.Contains(text, Label(workflow.RoleEmployee, language)) {
			t.Errorf("role-missing in %s does not name the role: %q", language, text)
		}
	}
}

func TestUnknownReasonIsItsCode(t *testing.T) {
	if got := Sentence("never-heard-of", workflow.Chinese, ForSupplier, workflow.Cause{}); got != "never-heard-of" {
		t.Errorf("got %q", got)
	}
}

func TestEveryProblemHasItsSentence(t *testing.T) {
	for _, kind := range []workflow.ProblemKind{workflow.ProblemTooLarge, workflow.ProblemMalformed, workflow.ProblemArchive, workflow.ProblemPassword, workflow.ProblemEncrypted, workflow.ProblemLink, workflow.ProblemUnreadable} {
		if chinese, english := Problem(kind, workflow.Chinese), Problem(kind, workflow.English); chinese == english || chinese == string(kind) || english == string(kind) {
			t.Errorf("%s: %q, %q", kind, chinese, english)
		}
	}
}

func TestLabels(t *testing.T) {
	for _, state := range workflow.States {
		if Label(state, workflow.Chinese) == Label(state, workflow.English) {
			t.Errorf("state %s has no two labels", state)
		}
	}
	for _, level := range workflow.ChangeLevels {
		if Label(level, workflow.Chinese) == Label(level, workflow.English) {
			t.Errorf("level %s has no two labels", level)
		}
	}
	if got := Label(workflow.StateArchived, "fr"); got != "已归档" {
		t.Errorf("an unknown language gives %q", got)
	}
	if got := Label(workflow.State("odd"), workflow.English); got != "odd" {
		t.Errorf("an unknown state gives %q", got)
	}
	if got := Label(workflow.RungPrefix, workflow.English); got != "begins with our bytes" {
		t.Errorf("rung gives %q", got)
	}
}

func TestMoment(t *testing.T) {
	at := time.Date(2026, 11, 23, 18, 30, 0, 0, time.UTC)
	tokyo := time.FixedZone("JST", 9*60*60)
	tests := []struct{ got, want string }{
		{Moment(at, workflow.Chinese, nil), "2026年11月24日 02:30（北京时间）"},
		{Moment(at, workflow.English, nil), "24 November 2026, 02:30 (UTC+08:00)"},
		{Moment(at, workflow.Chinese, tokyo), "2026年11月24日 03:30（UTC+09:00）"},
		{Moment(time.Time{}, workflow.Chinese, nil), ""},
		{Day(at, workflow.Chinese, nil), "2026年11月24日"},
		{Day(at, workflow.English, time.UTC), "23 November 2026"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func load(t *testing.T, dir string) *Set {
	t.Helper()
	set, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestLettersSayWhatIsNeeded(t *testing.T) {
	company := Company{Name: "南京示例科技有限公司", Mailbox: "contracts@issuer.example", Contact: "王经理 025-0000"}
	set := load(t, "")
	digest := workflow.HashOf([]byte("sample"))
	needed := map[workflow.LetterKind][]string{
		workflow.LetterContract:  {"EX-2026-001", "contracts@issuer.example", "王经理", "Example CA", pairs(digest), "EX-2026-001.pdf", "Acrobat"},
		workflow.LetterConfirmed: {"EX-2026-001", digest.String(), "18:00"},
		workflow.LetterReview:    {"EX-2026-001", "a.pdf"},
		workflow.LetterRejected:  {"EX-2026-001", "a.pdf", "contracts@issuer.example", "EX-2026-001.pdf"},
		workflow.LetterWithdrawn: {"EX-2026-001"},
		workflow.LetterExtended:  {"EX-2026-001", "18:00", "19:30", "contracts@issuer.example", "first line"},
		workflow.LetterNotice:    {"EX-2026-001", "first line", "second line", "Example Supplier"},
	}
	for _, kind := range Kinds {
		for _, language := range Languages {
			words, err := set.Write(sampleNotice(kind, language), company)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range needed[kind] {
				if !strings.Contains(words.Text, want) || !strings.Contains(words.HTML, want) {
					t.Errorf("%s in %s does not say %q", kind, language, want)
				}
			}
			for _, text := range []string{words.Subject, words.Text, words.HTML} {
				if strings.Contains(text, "<no value>") || strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "%!") {
					t.Errorf("%s in %s: %q", kind, language, text)
				}
			}
			for _, external := range []string{"src=", "url(", "http:", "https:", "<script", "<link"} {
				if strings.Contains(words.HTML, external) {
					t.Errorf("%s in %s has external content: %s", kind, language, external)
				}
			}
			if strings.Contains(words.Subject, "\n") || !strings.HasSuffix(words.Text, "\n") || strings.Contains(words.Text, "\n\n\n") {
				t.Errorf("%s in %s is untidy: %q", kind, language, words.Subject)
			}
		}
	}
}

func TestSupplierLettersNeverQuoteDetails(t *testing.T) {
	set := load(t, "")
	notice := sampleNotice(workflow.LetterRejected, workflow.Chinese)
	notice.Receipt.Findings[0].Verdict.Causes[0].Detail = "INTERNAL-DETAIL"
	notice.Receipt.Findings[0].Verdict.Notes = []string{"INTERNAL-NOTE"}
	notice.Receipt.Problems = append(notice.Receipt.Problems, "INTERNAL error: dial tcp", "INTERNAL")
	words, err := set.Write(notice, Company{})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(words.Text+words.HTML, "INTERNAL") {
		t.Error("a detail for operators reached a supplier")
	}
	notice.Kind = workflow.LetterNotice
	if words, err := set.Write(notice, Company{}); err != nil || !strings.Contains(words.Text, "INTERNAL error: dial tcp") || !strings.Contains(words.Text, "超大附件链接 2") {
		t.Errorf("managers are not told: %v\n%s", err, words.Text)
	}
	if !strings.Contains(words.Text, "第 2 页") {
		t.Errorf("the page is missing: %s", words.Text)
	}
}

func TestHTMLEscapesWhatOthersWrote(t *testing.T) {
	notice := sampleNotice(workflow.LetterRejected, workflow.English)
	notice.Receipt.Findings[0].Name = `<img src=x onerror=alert(1)>.pdf`
	notice.Contract.Title = "a\r\nBcc: everybody@example.com"
	words, err := load(t, "").Write(notice, Company{})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(words.HTML, "<img") || strings.ContainsAny(words.Subject, "\r\n") {
		t.Errorf("not escaped: %q", words.Subject)
	}
}

func TestUnknownKindIsAnError(t *testing.T) {
	if _, err := load(t, "").Write(workflow.Notice{Kind: "poem"}, Company{}); err == nil {
		t.Error("no error")
	}
}

func TestOverride(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "review.en.txt", "{{define \"subject\"}}Our own {{.Number}}{{end}}Our own words.\nReference {{.ID}}\n")
	set := load(t, dir)
	words, err := set.Write(sampleNotice(workflow.LetterReview, workflow.English), Company{})
	if err != nil {
		t.Fatal(err)
	}
	if words.Subject != "Our own EX-2026-001" || !strings.HasPrefix(words.Text, "Our own words.") {
		t.Errorf("subject %q, text %q", words.Subject, words.Text)
	}
	if other, err := set.Write(sampleNotice(workflow.LetterReview, workflow.Chinese), Company{}); err != nil || !strings.Contains(other.Subject, "核对中") {
		t.Errorf("the other language changed: %q, %v", other.Subject, err)
	}
}

func TestBrokenOverrideNamesFileAndLine(t *testing.T) {
	tests := map[string]struct{ file, text, want string }{
		"syntax":      {"review.en.txt", "{{define \"subject\"}}x{{end}}\n\n{{.Number", "review.en.txt:3"},
		"field":       {"review.en.txt", "{{define \"subject\"}}x{{end}}\n{{.Numbre}} {{.ID}}", "review.en.txt:2"},
		"no subject":  {"review.en.txt", "{{.ID}}", "review.en.txt:1"},
		"no words":    {"review.en.txt", "{{define \"subject\"}} {{end}}{{.ID}}", "review.en.txt:1"},
		"no ID":       {"review.en.txt", "{{define \"subject\"}}x{{end}}hello", ".ID"},
		"HTML field":  {"review.en.html", "<p>\n{{.Nothing}}</p>{{.ID}}", "review.en.html:2"},
		"HTML syntax": {"shell.html", "{{define \"head\"}}\n{{end", "shell.html:2"},
		"no letter":   {"reviw.en.txt", "hello", "reviw.en.txt"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, test.file, test.text)
			_, err := Load(dir)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one naming %s", err, test.want)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a missing folder is no error")
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestNoIdleSentences finds sentences of reasons that do not exist (any more).
func TestNoIdleSentences(t *testing.T) {
	all, err := sentences()
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range Languages {
		for _, defined := range all[language].Templates() {
			audience, reason, found := strings.Cut(defined.Name(), "/")
			if found && audience != "problem" && !slices.Contains(workflow.Reasons, workflow.Reason(reason)) {
				t.Errorf("%s: no reason %s", language, defined.Name())
			}
		}
	}
}

// TestFieldsAreNamed tells the supplier where to sign, in both languages and both forms.
func TestFieldsAreNamed(t *testing.T) {
	set, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	for language, want := range map[workflow.Language]string{
		workflow.Chinese: "签名域“乙方单位”，在第 4 页", workflow.English: `on page 4`,
	} {
		notice := workflow.Notice{Kind: workflow.LetterContract, Language: language, Contract: workflow.Contract{
			Number: "A-1", Batches: []workflow.Batch{{Fields: []workflow.SignatureField{{Name: "乙方单位", Role: workflow.RoleOrganization, Page: 4}}}},
		}}
		words, err := set.Write(notice, Company{Name: "甲公司"})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(words.Text, want) || !strings.Contains(words.HTML, want) || !strings.Contains(words.HTML, "乙方单位") {
			t.Errorf("%s: no %q in\n%s\n%s", language, want, words.Text, words.HTML)
		}
	}
}
