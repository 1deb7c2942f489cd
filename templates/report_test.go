package templates

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
)

// verdictOf is a verdict with everything that a report shows, and with names that try to be markup.
func verdictOf(outcome workflow.Outcome) workflow.Verdict {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	v := workflow.Verdict{
		Verdict: outcome, Lane: workflow.ContractLane, Document: workflow.Ref{Hash: workflow.HashOf([]byte("f")), Size: 4711}, Pages: 2,
		CheckedAt: at, JudgedAt: at, Notes: []string{"备注 <note>"},
		Signatures: []workflow.Signature{{
			Field: "甲方", Verdict: outcome, Intact: true, Coverage: workflow.CoversFile, LaterChanges: workflow.ChangeNone, Level: "B-T",
			Kind: "signature", Algorithm: "SM2 with SM3", Signer: `李<script>alert(1)</script>`, Issuer: "某CA", Role: workflow.RoleEmployee, Side: workflow.SideTheirs,
			Certificate: &workflow.Certificate{Organization: "深圳样例供应链有限公司", Codes: []string{"91440300MA5FGHJK2X"}, Serial: "2a", NotBefore: at, NotAfter: at},
			Time:        at, Authority: "时间戳机构", Marks: []workflow.Mark{{Page: 2, Width: 40, Height: 40}},
			Revocation: []workflow.Revocation{{Certificate: "李四", Standing: "revoked", Source: "CRL of today", Since: at, Detail: "keyCompromise"}},
		}},
	}
	if outcome != workflow.Passed {
		v.Signatures[0].Blame(workflow.Cause{Reason: workflow.ReasonChangedPage, Weight: outcome, Page: 2, Detail: "/Contents"})
	}
	return v
}

func TestReport(t *testing.T) {
	words := map[workflow.Language][]string{
		workflow.Chinese: {"电子签名验证报告", "签署人", "已吊销", "员工证书", "受信任的根证书", "第 2 页", "发出文件的全部字节"},
		workflow.English: {"Verification report", "Signer", "revoked", "employee certificate", "Trusted roots", "page 2", "exactly the bytes"},
	}
	for _, outcome := range []workflow.Outcome{workflow.Passed, workflow.Indeterminate, workflow.Failed} {
		for language, wanted := range words {
			var out bytes.Buffer
			report := Report{
				Name: "合同<b>.pdf", Verdict: verdictOf(outcome), Language: language, Revocation: "require", Version: "test",
				Roots: []Anchor{{Name: "样例 root", Fingerprint: workflow.HashOf([]byte("root"))}}, Pages: []Page{{1, []byte("png")}}, More: 3,
			}
			if err := report.Write(&out); err != nil {
				t.Fatal(err)
			}
			page := out.String()
			for _, word := range append(wanted, Label(outcome, language), "data:image/png;base64,cG5n", "91440300MA5FGHJK2X", "2026-11-23 12:00:00") {
				if !strings.Contains(page, word) {
					t.Errorf("%s, %s: %q is missing", outcome, language, word)
				}
			}
			if strings.Contains(page, "<script") || strings.Contains(page, "合同<b>") || strings.Contains(page, "ZgotmplZ") {
				t.Errorf("%s, %s: a name is markup", outcome, language)
			}
			if (outcome != workflow.Passed) != strings.Contains(page, "changed-page") {
				t.Errorf("%s, %s: causes", outcome, language)
			}
			for _, other := range Languages {
				if other != language && strings.Contains(page, words[other][1]+"<") {
					t.Errorf("%s is in the report in %s", other, language)
				}
			}
		}
	}
}
