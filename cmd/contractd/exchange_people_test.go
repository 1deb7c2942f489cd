package main_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	testca "contractd/signer/signtest"
	"contractd/workflow"
)

// playRights lets a user do what [[users]] allows, and nothing else; the same beside a daemon and without one.
func playRights(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.register()
	x.send("G-1", "--hold")
	plain, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	other := fmt.Appendf(plain, "\n[[users]]\nname = \"别人\"\nuid = 4000000\nrights = [\"administer\"]\n")
	users := func(rights string) {
		x.write("contractd.toml", fmt.Appendf(bytes.Clone(other), "[[users]]\nname = \"李伟\"\nuid = %d\nrights = [%s]\n", os.Geteuid(), rights))
	}
	users(`"view"`)
	for _, daemon := range []bool{false, true} {
		if daemon {
			x.serve()
		}
		x.do("show", "G-1")
		x.do("archive", "query")
		for _, args := range [][]string{
			x.order("G-2"), {"release", "G-1"}, {"unseal", "G-1", "--yes"}, {"seal", "G-1"}, {"withdraw", "G-1", "--reason", "x", "--yes"},
			{"supplier", "add", "new", "--name", "x", "--mail", "x@example.com", "--organization", "x"}, {"token", "resume", "org"},
		} {
			x.refused(6, "李伟", args...)
		}
	}
	x.stop()
	users(`"view", "send"`)
	x.do("release", "G-1")
	x.refused(6, "李伟", "withdraw", "G-1", "--reason", "x", "--yes")
	users(`"decide"`)
	x.do("withdraw", "G-1", "--reason", "x", "--yes")
	x.write("contractd.toml", other)
	x.refused(6, "right", "archive", "query") // Who stands in no entry may not even look.
}

// playAddresses mails in English, with a copy that nobody takes, and to an address that does not exist.
func playAddresses(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.do("supplier", "add", supplierName, "--name", "ACME Ltd", "--language", "en", "--mail", supplierMail, "--copy", otherMail,
		"--copy", "gone@supplier.example", "--organization", testca.SupplierName, "--require", "organization")
	x.send("E-1")
	x.reach("E-1", workflow.StateSent)
	l := x.receivedAbout("E-1", 1)
	if strings.ContainsAny(l.Subject, "请合同") || !strings.Contains(string(x.textOf(l)), "Dear ") {
		t.Errorf("the letter is not in English: %q", l.Subject)
	}
	if same := x.read(x.mail(otherMail, "INBOX", 1)[0]); same.MessageID != l.MessageID {
		t.Error("the copy is another letter")
	}
	returned := x.sign(l.pdf, h.supplier)
	x.answer(l, attached, returned)
	x.checkArchived("E-1", returned)
	x.do("supplier", "add", "gone", "--name", "无人", "--mail", "gone@supplier.example", "--organization", "无人")
	x.write("U-1.pdf", x.draftOf("U-1"))
	x.do("send", "U-1.pdf", "--to", "gone", "--number", "U-1")
	x.reach("U-1", workflow.StateUndeliverable)
	if said := x.do("show", "U-1"); !strings.Contains(said, "No such user here") {
		t.Errorf("show does not tell the server's answer:\n%s", said)
	}
	x.do("withdraw", "U-1", "--reason", "地址有误", "--yes")
	x.do("archive", "check")
}

// playExpired seals with a certificate that has ended, which nobody would accept.
func playExpired(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	expired, err := h.ca.Issue(testca.Person{Organization: testca.CompanyName, Shape: testca.Expired})
	check(t, err)
	check(t, expired.WritePKCS12(x.path("org.p12"), keyPIN))
	x.serve()
	x.register()
	x.refused(6, "expired on", x.order("X-1")...)
	x.waits("X-1", "expired", false)
	check(t, h.ours.WritePKCS12(x.path("org.p12"), keyPIN))
	x.refused(6, "expired on", "seal", "X-1") // The daemon holds the old one.
	x.stop()
	x.serve()
	x.do("seal", "X-1")
	x.reach("X-1", workflow.StateSent)
}

// playJudges shows what is mailed, returned and archived to programs that others wrote.
func playJudges(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	x.send("J-1")
	x.reach("J-1", workflow.StateSent)
	l := x.receivedAbout("J-1", 1)
	x.answer(l, attached, x.countersign(l.pdf))
	x.reach("J-1", workflow.StateArchived)
	x.stop()
	for which, signatures := range map[string]int{"sealed": 2, "final": 4} {
		x.write(which+".pdf", x.bytesOf("J-1", which))
		for program, judge := range map[string]struct {
			args []string
			want string
			n    int
		}{
			"pdfsig": {[]string{"-nocert"}, "Signature Validation: Signature is Valid", signatures},
			"mutool": {[]string{"sign", "-v"}, "The (document is unchanged|signature is valid but there have been edits) since signing", signatures},
			"qpdf":   {[]string{"--check"}, "No syntax or stream encoding errors", 1},
		} {
			t.Run(which+" "+program, func(t *testing.T) {
				needPart(t, program)
				out, err := exec.CommandContext(t.Context(), program, append(judge.args, x.path(which+".pdf"))...).CombinedOutput()
				if got := len(regexp.MustCompile(judge.want).FindAll(out, -1)); got != judge.n {
					t.Errorf("%s says %d times, want %d, %q (%v):\n%s", program, got, judge.n, judge.want, err, out)
				}
			})
		}
	}
}
