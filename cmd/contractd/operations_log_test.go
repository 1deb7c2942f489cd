package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"contractd/cmd/contractd/api"
	"contractd/mailbox/mailserver"
	testca "contractd/signer/signtest"
	"contractd/workflow"
)

func (x *exchange) unmarshal(text string, into any) {
	x.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		x.Fatalf("%v in %q", err, text)
	}
}

// playLogAndMetrics goes through most that can happen with a log for collectors and an eye on the metrics.
func playLogAndMetrics(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	address := x.freeAddress()
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	more := fmt.Sprintf("\n[log]\nformat = \"json\"\n[metrics]\nlisten = %q\n[notify]\nmanagers = [\"王芳 <%s>\"]\n[[users]]\nname = \"李伟\"\nuid = %d\nrights = [\"administer\"]\n",
		address, otherMail, os.Geteuid())
	x.write("contractd.toml", append(config, more...))
	x.serve()
	x.register()
	x.playOutcomes()
	x.checkMetrics(address)
	x.stop()
	x.checkLog()
}

func (x *exchange) freeAddress() string {
	x.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(x.T, err)
	defer func() { check(x.T, listener.Close()) }()
	return listener.Addr().String()
}

// playOutcomes sends five contracts: one comes back, one comes back altered, one is decided about by a person, one is
// taken back, one cannot be delivered at first.
func (x *exchange) playOutcomes() {
	x.Helper()
	for _, number := range []string{"M-1", "M-2", "M-3", "M-4"} {
		x.send(number, "--title", "绝密标题")
		x.reach(number, workflow.StateSent)
	}
	good := x.receivedAbout("M-1", 1)
	x.answer(good, attached, x.countersign(good.pdf))
	x.reach("M-1", workflow.StateArchived)
	bad := x.receivedAbout("M-2", 1)
	broken := bytes.Clone(x.countersign(bad.pdf))
	broken[len(bad.pdf)/2] ^= 1
	x.answer(bad, attached, broken)
	x.story("M-2", "a receipt", func(story api.Story) bool { return len(story.Receipts) > 0 })
	unsure := x.receivedAbout("M-3", 1)
	x.answer(unsure, attached, unsure.pdf)
	x.story("M-3", "a receipt", func(story api.Story) bool { return len(story.Receipts) > 0 })
	x.do("withdraw", "M-4", "--reason", "小山公司不干了", "--yes")
	x.mailTo(otherMail, houseMail, []byte("From: "+otherMail+"\r\nTo: "+houseMail+"\r\nSubject: unrelated\r\n\r\nhello\r\n"))
	x.mail(houseMail, "合同无关", 1)
	x.receivedAbout("M-4", 2)
	x.post.local.SetFaults(mailserver.Faults{Answers: map[mailserver.Step]mailserver.Answer{
		mailserver.StepRcpt: {Code: 451, Text: "4.3.0 <" + supplierMail + ">: try later"},
	}})
	x.send("M-5", "--title", "绝密标题")
	x.attempted("M-5")
}

// logTable is what docs/operations.md says may be logged: message → attributes.
func logTable(t *testing.T) map[string][]string {
	t.Helper()
	_, text, _ := strings.Cut(pages(t)["docs/operations.md"], "\n| message | level | attributes |")
	text, _, _ = strings.Cut(text, "\n\n")
	table := map[string][]string{}
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 3 || !strings.Contains(cells[0], "`") {
			continue
		}
		table[strings.Trim(strings.TrimSpace(cells[0]), "`")] = strings.FieldsFunc(cells[2], func(r rune) bool { return strings.ContainsRune("` ,", r) })
	}
	if len(table) < 30 {
		t.Fatalf("docs/operations.md lists only %d messages", len(table))
	}
	return table
}

// checkLog holds each line of an ended daemon to the closed list, and looks for what must not be there.
func (x *exchange) checkLog() {
	x.Helper()
	table, seen := logTable(x.T), map[string]int{}
	for line := range strings.Lines(x.log.String()) {
		var record map[string]any
		x.unmarshal(line, &record)
		message := fmt.Sprint(record["msg"])
		allowed, known := table[message]
		if !known {
			x.Errorf("docs/operations.md does not list %s", line)
		}
		for name := range record {
			if !slices.Contains(append(allowed, "time", "level", "msg"), name) {
				x.Errorf("docs/operations.md does not list %s of %s", name, line)
			}
		}
		seen[message]++
	}
	for message, want := range map[string]int{
		"contract created": 5, "seal placed": 10, "contract sealed": 5, "contract sent": 4, "contract archived": 1, "contract withdrawn": 1,
		"supplier changed": 1, "letter deferred": 1, "contractd serves": 1, "contractd stops": 1,
	} {
		if seen[message] != want {
			x.Errorf("%q stands %d times in the log, want %d", message, seen[message], want)
		}
	}
	if seen["message judged"] < 3 || seen["message judged"] != seen["message arrived"] || seen["letter delivered"] < 8 {
		x.Errorf("%v", seen)
	}
	for _, secret := range []string{
		"深圳样例", testca.SupplierName, testca.CompanyName, supplierMail, houseMail, otherMail, "绝密标题", "小山", "李伟", "王芳", "李层山", keyPIN, mailSecret, "unrelated", "hello",
	} {
		if strings.Contains(x.log.String(), secret) {
			x.Errorf("the log tells %q", secret)
		}
	}
	if x.Failed() {
		x.Logf("%s", x.log)
	}
}

// TestLogMessagesAreDocumented reads the sources: every message at Info or above stands in the table, and no other does.
func TestLogMessagesAreDocumented(t *testing.T) {
	written := map[string]bool{}
	call := regexp.MustCompile(`[lL]og\.(?:Info|Warn|Error)\("([^"]+)"`)
	act := regexp.MustCompile(`slog\.Level\w+, "([^"]+)"`)
	for _, folder := range []string{"workflow", "mailbox", "store", "signer", "cmd"} {
		check(t, filepath.WalkDir(filepath.Join(root, folder), func(path string, entry os.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, form := range []*regexp.Regexp{call, act} {
				for _, found := range form.FindAllSubmatch(text, -1) {
					written[string(found[1])] = true
				}
			}
			return err
		}))
	}
	table := logTable(t)
	for message := range written {
		if _, listed := table[message]; !listed {
			t.Errorf("docs/operations.md does not list the log message %q", message)
		}
	}
	for message := range table {
		if !written[message] {
			t.Errorf("docs/operations.md lists %q, which nothing logs", message)
		}
	}
}
