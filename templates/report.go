package templates

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"time"

	"contractd/workflow"
)

//go:embed reports/verdict.html
var reportFile string

// Report is a verification as lawyers read it: one page that carries everything, pictures too, and asks for nothing.
type Report struct {
	Name        string // Of the file.
	Verdict     workflow.Verdict
	Against     string // The file that was sent; empty in the general lane.
	AgainstHash workflow.Hash
	Roots       []Anchor
	TSARoots    []Anchor
	Revocation  string // require, best-effort or off.
	Pages       []Page
	More        int // Pages that are not among them.
	Language    workflow.Language
	Zone        *time.Location
	Version     string
}

// Anchor is one trusted root.
type Anchor struct {
	Name        string
	Fingerprint workflow.Hash // SHA-256 of the certificate.
}

// Page is a page's picture.
type Page struct {
	Number int
	PNG    []byte
}

// Picture is the page as an address that holds it.
func (p Page) Picture() template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(p.PNG))
}

// Write writes the report as one HTML file.
func (r Report) Write(w io.Writer) error {
	page, err := template.New("report").Funcs(r.words()).Parse(reportFile)
	if err != nil {
		return fmt.Errorf("read report template: %w", err)
	}
	if err := page.Execute(w, r); err != nil {
		return fmt.Errorf("write report of %s: %w", r.Name, err)
	}
	return nil
}

// words are the functions of the template that depend on the reader.
func (r Report) words() template.FuncMap {
	say := func(english, chinese string) string {
		if known(r.Language) == workflow.English {
			return english
		}
		return chinese
	}
	return template.FuncMap{
		"say":      say,
		"add":      func(a, b int) int { return a + b },
		"label":    r.label,
		"sentence": func(cause workflow.Cause) string { return Sentence(cause.Reason, r.Language, ForOperator, cause) },
		"moment":   r.moment,
		"summary":  func() string { return r.summary(say) },
		"checks":   func() []string { return r.checks(say) },
		"standing": func(standing string) string { return standingWord(standing, say) },
		"policy":   func(mode string) string { return policyWord(mode, say) },
		"kind": func(kind string) string {
			return map[string]string{"timestamp": say("timestamp", "时间戳"), "certification": say("certification", "认证签名")}[kind]
		},
	}
}

// label names a value of any closed set that the report shows.
func (r Report) label(value any) string {
	switch v := value.(type) {
	case workflow.Outcome:
		return Label(v, r.Language)
	case workflow.Coverage:
		return Label(v, r.Language)
	case workflow.ChangeLevel:
		return Label(v, r.Language)
	case workflow.Role:
		return Label(v, r.Language)
	case workflow.TimeSource:
		return Label(v, r.Language)
	case workflow.Side:
		return Label(v, r.Language)
	}
	return fmt.Sprint(value)
}

func (r Report) moment(at time.Time) string {
	zone := r.Zone
	if zone == nil {
		zone = time.UTC
	}
	if at.IsZero() {
		return ""
	}
	return at.In(zone).Format("2006-01-02 15:04:05 -07:00")
}

func (r Report) summary(say func(string, string) string) string {
	switch r.Verdict.Verdict {
	case workflow.Passed:
		return say("Every check below was passed: the signatures are intact, their signers lead to a trusted root, and nothing was added that they do not allow.",
			"以下各项检查全部通过：签名完整，签署人可追溯至受信任的根证书，签署之后没有不允许的改动。")
	case workflow.Indeterminate:
		return say("Nothing proves the file wrong, and not everything proves it right. A person must decide about the points below.",
			"没有证据表明文件有误，但也未能全部证明其无误。下列各点须由人工判断。")
	}
	return say("The file fails: at least one of the points below is proven.", "文件未通过验证：下列各点中至少有一点已被证实。")
}

// checks says in words what stands behind the verdict.
func (r Report) checks(say func(string, string) string) []string {
	all := []string{
		say("The file's structure was read strictly, and nothing was repaired.", "严格读取文件结构，未作任何修复。"),
		say("Each signature was verified over exactly the bytes that it covers.", "逐一验证每个签名及其覆盖的字节范围。"),
		say("Everything that was added after a signature was compared with it and had to be explained.", "逐项比对并解释每个签名之后的全部改动。"),
		say("Certificates were followed to the roots below, for the time that is proven, else for the time judged.",
			"证书链追溯至下列根证书，以已证明的时间为准，否则以判断时点为准。"),
	}
	if r.Verdict.Lane == workflow.ContractLane {
		all = append(all, say("The file had to begin with exactly the bytes of the file that was sent, with nothing behind them but further signatures.",
			"文件必须以发出文件的全部字节开头，其后只允许有后续签名。"))
	}
	return all
}

func standingWord(standing string, say func(string, string) string) string {
	switch standing {
	case "good":
		return say("not revoked", "未吊销")
	case "revoked":
		return say("revoked", "已吊销")
	case "on-hold":
		return say("on hold", "已冻结")
	}
	return say("not known", "未知")
}

func policyWord(mode string, say func(string, string) string) string {
	switch mode {
	case "require":
		return say("required: what is not known to be good is not passed", "必须查明：未能查明的不予通过")
	case "best-effort":
		return say("best effort: what is known counts, what is not known is noted", "尽力查询：已知的计入结论，未知的作备注")
	}
	return say("off", "未检查")
}
