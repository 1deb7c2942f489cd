package main_test

import (
	"archive/zip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"contractd/cmd/contractd/api"
	testca "contractd/signer/signtest"
	"contractd/workflow"
)

// strengths reads the levels of all signatures of a file as verify tells them.
func (x *exchange) strengths(file []byte) (workflow.Outcome, string) {
	x.Helper()
	x.write("levels.pdf", file)
	done := x.run("verify", "levels.pdf", "--root", "root.pem", "--json")
	var verdict workflow.Verdict
	if err := json.Unmarshal([]byte(done.stdout), &verdict); err != nil {
		x.Fatalf("verify: %v: %s%s", err, done.stdout, done.stderr)
	}
	var levels []string
	for _, s := range verdict.Signatures {
		levels = append(levels, s.Level)
	}
	return verdict.Verdict, strings.Join(levels, " ")
}

// playDegraded seals while every way of being out of order plays: the contract leaves without timestamps, and says so.
func playDegraded(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.replace("[timestamp]", "[timestamp]\noutage = \"degrade\"\ntimeout = \"1s\"")
	x.serve()
	x.register()
	for _, fault := range []testca.Fault{testca.Slow, testca.Down} { // The second time it is not asked: it rests for a minute.
		x.tsa.Fail(fault)
		number := "D-" + string(fault)
		x.send(number)
		story := x.reach(number, workflow.StateSent)
		for _, batch := range story.Contract.Batches {
			if batch.Unstamped == "" || batch.Awaits {
				t.Errorf("%s: batch of %s: %q", number, batch.Key, batch.Unstamped)
			}
		}
		if told := x.do("show", number); !strings.Contains(told, "no timestamp 无时间戳") {
			t.Errorf("%s: show does not tell of it:\n%s", number, told)
		}
		if journalled := countEntries(story, workflow.ActSealed, "unstamped"); journalled != 2 {
			t.Errorf("%s: the journal tells of it %d times", number, journalled)
		}
		if word, levels := x.strengths(x.receivedAbout(number, 1).pdf); word != workflow.Passed || levels != "B-B B-B" {
			t.Errorf("%s: %s, %s", number, word, levels)
		}
	}
	x.do("archive", "check")
}

func countEntries(story api.Story, action workflow.Action, detail string) int {
	n := 0
	for _, entry := range story.Journal {
		if _, ok := entry.Details[detail]; ok && entry.Action == action {
			n++
		}
	}
	return n
}

// playFilledLater seals with the first key while no authority answers, and waits: nothing leaves, the second key does not
// sign. Once there is one, the timestamp is filled in before anything else happens.
func playFilledLater(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.replace("[timestamp]", "[timestamp]\noutage = \"fill-later\"\ntimeout = \"1s\"")
	x.serve()
	x.register()
	x.tsa.Fail(testca.Garbage)
	x.refused(1, "F-1", x.order("F-1")...)
	waiting := x.waits("F-1", "org", true)
	if len(waiting.Batches) != 1 || !waiting.Batches[0].Awaits || len(x.mail(supplierMail, "INBOX", 0)) != 0 {
		t.Fatalf("%+v", waiting.Batches)
	}
	before := waiting.Batches[0].After
	if _, levels := x.strengths(x.bytesOf("F-1", "sealed")); levels != "B-B" {
		t.Errorf("while it waits: %s", levels)
	}
	x.tsa.Fail(testca.None)
	x.do("seal", "F-1")
	story := x.reach("F-1", workflow.StateSent)
	sent := story.Contract
	if sent.Batches[0].Awaits || sent.Batches[0].Unstamped != "" || sent.Batches[0].After == before || len(sent.Superseded) != 1 || sent.Superseded[0] != before {
		t.Errorf("filled: %+v, superseded %v", sent.Batches[0], sent.Superseded)
	}
	if word, levels := x.strengths(x.receivedAbout("F-1", 1).pdf); word != workflow.Passed || levels != "B-T B-T" {
		t.Errorf("mailed: %s, %s", word, levels)
	}
	x.do("archive", "check")
}

// newLasting is an exchange at B-LTA whose authorities answer, unless they are closed.
func newLasting(t *testing.T, h *hall, closed bool) *exchange {
	t.Helper()
	x := newExchange(t, h, "")
	var register *testca.Register
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if closed {
			http.Error(w, "closed", http.StatusServiceUnavailable)
			return
		}
		register.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	ca, err := testca.NewCA(testca.CAOptions{Name: "长期", Base: server.URL})
	check(t, err)
	register = ca.Register()
	register.Now = time.Now
	ours, err := ca.Organization(testca.RSA2048)
	check(t, err)
	employee, err := ca.Employee(testca.P256)
	check(t, err)
	authority, err := testca.NewTSA(ca, testca.P256, nil)
	check(t, err)
	stamps := httptest.NewServer(authority)
	t.Cleanup(stamps.Close)
	check(t, ours.WritePKCS12(x.path("org.p12"), keyPIN))
	check(t, employee.WritePKCS12(x.path("employee.p12"), keyPIN))
	check(t, testca.WriteCertificates(x.path("root.pem"), ca.Root, h.ca.Root))
	x.configure(stamps.URL, "")
	x.replace("[[seal.marks]]", "[seal]\nlevel = \"B-LTA\"\n[[seal.marks]]")
	x.replace("[trust]", "[trust]\nprivate_hosts = [\"127.0.0.1\"]")
	x.serve()
	x.register()
	return x
}

// playMissingMaterial mails nothing while material is missing, and names the certificate that lacks it.
func playMissingMaterial(t *testing.T, h *hall) {
	x := newLasting(t, h, true)
	x.refused(1, "nobody says whether the certificate", x.order("L-0")...)
	if waiting := x.waits("L-0", testca.CompanyName, true); len(x.mail(supplierMail, "INBOX", 0)) != 0 || len(waiting.Batches) != 2 {
		t.Errorf("%d seals", len(waiting.Batches))
	}
}

// playLongTerm mails files that end with our signatures, and keeps beside what judging them later needs.
func playLongTerm(t *testing.T, h *hall) {
	x := newLasting(t, h, false)
	x.send("L-1")
	story := x.reach("L-1", workflow.StateSent)
	mailed := x.receivedAbout("L-1", 1).pdf
	if _, levels := x.strengths(mailed); levels != "B-T B-T" {
		t.Errorf("mailed: %s", levels)
	}
	long := x.bytesOf("L-1", "sealed-longterm")
	if !strings.HasPrefix(string(long), string(mailed)) || story.Contract.Preserved().IsZero() {
		t.Error("what is kept does not begin with what was mailed")
	}
	if word, levels := x.strengths(long); word != workflow.Passed || levels != "B-LTA B-LTA " {
		t.Errorf("kept: %s, %q", word, levels)
	}
	x.do("archive", "export", "L-1", "-o", "L-1.zip")
	packed, err := zip.OpenReader(x.path("L-1.zip"))
	check(t, err)
	defer packed.Close()
	file, err := packed.Open("sealed-longterm.pdf")
	check(t, err)
	if exported, err := io.ReadAll(file); err != nil || string(exported) != string(long) {
		t.Errorf("exported: %d bytes of %d, %v", len(exported), len(long), err)
	}
	x.do("archive", "check")
}

// playDual seals with RSA and SM2 keys of one role on one contract; the supplier's countersignature archives it.
func playDual(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	national, err := testca.NewCA(testca.CAOptions{Name: "国密", Key: testca.SM2})
	check(t, err)
	ours, err := national.Issue(testca.Person{Organization: testca.CompanyName, CreditCode: testca.CompanyCode, Key: testca.SM2})
	check(t, err)
	check(t, ours.WritePEM(x.path("sm2.pem")))
	check(t, testca.WriteCertificates(x.path("root.pem"), national.Root, h.ca.Root))
	x.replace("[[seal.marks]]", "[[keys]]\nname = \"sm2\"\nrole = \"organization\"\nkind = \"softkey\"\nfile = \"sm2.pem\"\n[[seal.marks]]")
	x.replace("[timestamp]", "[[seal.marks]]\nkey = \"sm2\"\nvisible = false\n[timestamp]")
	x.serve()
	x.register()
	x.send("S-1")
	story := x.reach("S-1", workflow.StateSent)
	if second := detailOf(story, workflow.ActReady, "second-opinion"); second != "not-judged" {
		t.Errorf("second opinion %q", second)
	}
	l := x.receivedAbout("S-1", 1)
	if word, levels := x.strengths(l.pdf); word != workflow.Passed || levels != "B-T B-T B-T" {
		t.Errorf("mailed: %s, %s", word, levels)
	}
	x.answer(l, attached, x.countersign(l.pdf))
	x.reach("S-1", workflow.StateArchived)
}

// playCertified certifies the contract at level 2 with our first signature: the supplier signs with another implementation,
// and the return is archived.
func playCertified(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.replace("[[seal.marks]]", "[seal]\ncertify = 2\nlock = \"include:Price\"\n[[seal.marks]]")
	x.serve()
	x.register()
	x.send("C-1")
	x.reach("C-1", workflow.StateSent)
	l := x.receivedAbout("C-1", 1)
	if n := strings.Count(string(l.pdf), "/DocMDP"); n != 2 { // The transform, and /Perms of the catalog.
		t.Errorf("/DocMDP stands %d times in what was mailed", n)
	}
	x.answer(l, attached, x.pdfsign(x.pdfsign(l.pdf, h.supplier), h.supplierEmployee))
	x.reach("C-1", workflow.StateArchived)
}

func detailOf(story api.Story, action workflow.Action, detail string) string {
	for _, entry := range story.Journal {
		if entry.Action == action {
			return entry.Details[detail]
		}
	}
	return ""
}
