package imap_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/mailbox/imap"
	"contractd/mailbox/mailserver"
	"contractd/workflow"
)

// mail.md 2: a message is never gone before its copy exists, and is filed once however often that is asked.
func TestFile(t *testing.T) {
	for name, test := range map[string]struct {
		faults mailserver.Faults
		left   []string // The flags of what stays in INBOX.
	}{
		"MOVE":            {mailserver.Faults{}, nil},
		"COPY":            {mailserver.Faults{NoMove: true}, nil},
		"without UIDPLUS": {mailserver.Faults{NoMove: true, NoUIDPlus: true}, []string{`\Deleted`}},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, test.faults)
			deliver(t, server, letter("one", 1000), letter("stays", 1000))
			mailbox := open(t, account(server))
			var intake intake
			intake.passes(t, mailbox, 1)
			if err := mailbox.File(t.Context(), intake.places[0], workflow.ShelfArchived); err != nil {
				t.Fatal(err)
			}
			filed := server.Messages(user, "已归档")
			if len(filed) != 1 || !bytes.Equal(filed[0].Raw, letter("one", 1000)) {
				t.Fatalf("%d messages in the shelf's folder", len(filed))
			}
			inbox := server.Messages(user, "INBOX")
			if test.left == nil {
				if len(inbox) != 1 || inbox[0].UID != 2 {
					t.Errorf("INBOX holds %d messages", len(inbox))
				}
			} else if len(inbox) != 2 || !slices.Equal(inbox[0].Flags, test.left) || len(inbox[1].Flags) > 0 {
				t.Errorf("INBOX holds %+v", inbox)
			}
			intake.passes(t, mailbox, 1) // The reading connection goes on.
		})
	}
}

func TestFileIsHarmlessWhenThereIsNothingToDo(t *testing.T) {
	server := start(t, mailserver.Faults{NoMove: true})
	deliver(t, server, letter("one", 100))
	mailbox := open(t, account(server))
	var intake intake
	intake.passes(t, mailbox, 1)
	place := intake.places[0]
	gone, renumbered := place, place
	gone.UID, renumbered.UIDValidity = 77, 5
	for name, where := range map[string]workflow.Place{"gone": gone, "renumbered": renumbered} {
		if err := mailbox.File(t.Context(), where, workflow.ShelfArchived); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := mailbox.File(t.Context(), place, workflow.ShelfIgnored); err != nil {
		t.Errorf("shelf without folder: %v", err)
	}
	if inbox := server.Messages(user, "INBOX"); len(inbox) != 1 || len(inbox[0].Flags) > 0 {
		t.Errorf("INBOX holds %+v", inbox)
	}
}

// A copy that fails leaves the message where it is.
func TestFileKeepsTheMessageWhenTheCopyFails(t *testing.T) {
	server := start(t, mailserver.Faults{NoMove: true})
	deliver(t, server, letter("one", 100))
	a := account(server)
	a.Shelves[workflow.ShelfReview] = "/" // No folder can have this name.
	mailbox := open(t, a)
	var intake intake
	intake.passes(t, mailbox, 1)
	if err := mailbox.File(t.Context(), intake.places[0], workflow.ShelfReview); !errors.Is(err, workflow.ErrTemporary) {
		t.Errorf("got %v", err)
	}
	if inbox := server.Messages(user, "INBOX"); len(inbox) != 1 || len(inbox[0].Flags) > 0 {
		t.Errorf("INBOX holds %+v", inbox)
	}
}

// A COPY whose answer was lost, or after which we died, is not made again; a message that only looks like it is no copy.
func TestFileCopiesOnceWithoutMOVE(t *testing.T) {
	server := start(t, mailserver.Faults{NoMove: true})
	deliver(t, server, letter("one", 1000), letter("two", 1000))
	mailbox := open(t, account(server))
	var intake intake
	intake.passes(t, mailbox, 2)
	inbox := server.Messages(user, "INBOX")
	if err := server.DeliverInto(user, "已归档", inbox[0].Raw, inbox[0].Internal); err != nil {
		t.Fatal(err)
	}
	if err := server.DeliverInto(user, "已归档", inbox[1].Raw, inbox[1].Internal.Add(time.Hour)); err != nil { // The same mail, sent another time.
		t.Fatal(err)
	}
	for _, place := range intake.places {
		if err := mailbox.File(t.Context(), place, workflow.ShelfArchived); err != nil {
			t.Fatal(err)
		}
	}
	filed := map[string]int{}
	for _, message := range server.Messages(user, "已归档") {
		filed[string(message.Raw)]++
	}
	if filed[string(letter("one", 1000))] != 1 || filed[string(letter("two", 1000))] != 2 {
		t.Errorf("the shelf's folder holds %d and %d, want 1 and 2", filed[string(letter("one", 1000))], filed[string(letter("two", 1000))])
	}
	if left := server.Messages(user, "INBOX"); len(left) != 0 {
		t.Errorf("%d messages lie in INBOX", len(left))
	}
}

func TestAppendOnce(t *testing.T) {
	for name, faults := range map[string]mailserver.Faults{"": {}, "search finds everything": {FindAll: true}} {
		t.Run(name, func(t *testing.T) {
			server := start(t, faults)
			a := account(server)
			a.Sent = "已发送"
			mailbox := open(t, a)
			for range 2 {
				for _, id := range []string{"one", "two"} {
					if err := mailbox.Append(t.Context(), id+"@example.com", document(letter(id, 100_000))); err != nil {
						t.Fatal(err)
					}
				}
			}
			sent := server.Messages(user, "已发送")
			if len(sent) != 2 {
				t.Fatalf("%d copies, want 2", len(sent))
			}
			for n, id := range []string{"one", "two"} {
				if !bytes.Equal(sent[n].Raw, letter(id, 100_000)) || !slices.Equal(sent[n].Flags, []string{`\Seen`}) {
					t.Errorf("copy %d: %d bytes, flags %q", n, len(sent[n].Raw), sent[n].Flags)
				}
			}
		})
	}
}

// failingAt cannot be read behind an offset.
type failingAt struct {
	*bytes.Reader
	at int64
}

var errDisk = errors.New("disk gone")

func (f failingAt) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.at {
		return 0, errDisk
	}
	return f.Reader.ReadAt(p, off)
}

// A letter that cannot be read to its end leaves nothing behind.
func TestAppendOfDamagedLetterLeavesNothing(t *testing.T) {
	server := start(t, mailserver.Faults{})
	mailbox := open(t, account(server))
	raw := document(letter("one", 200_000))
	raw.ReaderAt = failingAt{bytes.NewReader(letter("one", 200_000)), 100_000}
	if err := mailbox.Append(t.Context(), "one@example.com", raw); !errors.Is(err, errDisk) || !errors.Is(err, workflow.ErrTemporary) {
		t.Errorf("got %v", err)
	}
	if sent := server.Messages(user, "Sent"); len(sent) > 0 {
		t.Errorf("%d copies", len(sent))
	}
}

func TestCheck(t *testing.T) {
	server := start(t, mailserver.Faults{NoIdle: true, NoMove: true, NoUIDPlus: true})
	deliver(t, server, letter("one", 100))
	report, err := open(t, account(server)).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if report.Messages != 1 || report.UIDValidity == 0 || len(report.Notes) != 2 || !slices.Contains(report.Capabilities, "IMAP4REV1") {
		t.Errorf("report %+v", report)
	}
	if want := []string{"Review", "Sent", "已归档"}; !slices.Equal(report.Missing, want) {
		t.Errorf("missing %q, want %q", report.Missing, want)
	}
	if folders := server.Folders(user); len(folders) != 1 {
		t.Errorf("the check created folders: %q", folders)
	}
}

func TestNewNamesEveryFault(t *testing.T) {
	_, err := imap.New(imap.Account{Name: "x", Security: imap.Plain, Host: "mail.example.com", Port: 70000})
	if !errors.Is(err, workflow.ErrUsage) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"user", "password", "port", "loopback"} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
}
