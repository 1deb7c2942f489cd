package main_test

import (
	"bytes"
	"slices"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"contractd/workflow"
)

// playKinds sends contracts that the organisation seals twice, over the edges and on the last page, and an employee once: one
// signature of each key, whole in the mail, taken back and countersigned like any other.
func playKinds(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.replace("[[seal.marks]]\nkey = \"org\"", "[[seal.marks]]\nkey = \"org\"\nkind = \"riding\"\nimage = \"seal.png\"\nsize = 42\nsingle = \"ordinary\"\n[[seal.marks]]\nkey = \"org\"")
	x.serve()
	x.register()
	const number, short = "骑缝-2026-001", "骑缝-2026-002"
	x.write("seven.pdf", pagesOf(t, 7))
	x.write("single.pdf", pagesOf(t, 1))
	x.do("send", "seven.pdf", "--to", supplierName, "--number", number)
	sent := x.reach(number, workflow.StateSent).Contract
	if roles := rolesOf(sent.Batches); !slices.Equal(roles, []workflow.Role{workflow.RoleOrganization, workflow.RoleEmployee}) || len(sent.Batches[0].Values) != 1 || len(sent.Batches[1].Values) != 1 {
		t.Errorf("batches %+v", sent.Batches)
	}
	l := x.receivedAbout(number, 1)
	x.write("sealed.pdf", l.pdf)
	var verdict workflow.Verdict
	x.record(&verdict, "verify", "sealed.pdf", "--root", "root.pem", "--tsa-root", "root.pem", "--json")
	if stamps := bytes.Count(l.pdf, []byte("/Subtype /Stamp")); len(verdict.Signatures) != 2 || stamps != 7 {
		t.Errorf("%d signatures, %d slices", len(verdict.Signatures), stamps)
	}
	signed := x.countersign(l.pdf)
	x.answer(l, attached, signed)
	x.reach(number, workflow.StateArchived)
	x.wantFinal(number, signed)
	x.do("send", "single.pdf", "--to", supplierName, "--number", short, "--hold")
	x.reach(short, workflow.StateSealed)
	x.do("unseal", short, "--yes")
	x.do("unseal", short, "--yes")
	if draft := x.reach(short, workflow.StateDraft).Contract; len(draft.Batches) != 0 || draft.Sealed() != draft.Draft {
		t.Errorf("unsealing left %+v", draft.Batches)
	}
	x.do("archive", "check")
}

func pagesOf(t *testing.T, count int) []byte {
	t.Helper()
	pdf := fpdf.New("P", "mm", "A4", "")
	for range count {
		pdf.AddPage()
		pdf.SetFont("Helvetica", "", 12)
		pdf.Text(20, 20, "Purchase contract")
	}
	var out bytes.Buffer
	check(t, pdf.Output(&out))
	return out.Bytes()
}

func rolesOf(batches []workflow.Batch) (roles []workflow.Role) {
	for _, batch := range batches {
		roles = append(roles, batch.Role)
	}
	return roles
}
