// Package flowtest is a stage for the tests of the services: a real ledger, a clock that is set by hand, and stand-ins
// for what lies outside, each of which can be told to fail. It is imported by tests only.
package flowtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"contractd/store/bolt"
	"contractd/workflow"
	"contractd/workflow/decide"
	"contractd/workflow/inbound"
	"contractd/workflow/outbound"
	"contractd/workflow/post"
	"contractd/workflow/schedule"
)

// Stage holds the services over one ledger.
type Stage struct {
	testing.TB
	Ledger     Ledger
	Clock      time.Time
	Seals      *Sealer
	Checks     *Checker
	Post       *Sender
	Sent       *SentFolder
	Box        *Mailbox
	Mails      *Parser
	Verdicts   *Verifier
	Words      *Heard
	Issuer     *outbound.Issuer
	Dispatcher *outbound.Dispatcher
	Intake     *inbound.Intake
	Judge      *inbound.Judge
	Desk       *decide.Desk
	Stopper    *decide.Stopper
	Timer      *schedule.Clock
}

// Ledger is everything that the services, and stories about them, ask of a store.
type Ledger interface {
	outbound.Ledger
	outbound.DispatchLedger
	inbound.Ledger
	inbound.IntakeLedger
	inbound.Register
	inbound.Queue
	decide.Ledger
	decide.Library
	decide.StopperLedger
	schedule.Ledger

	Arrivals(ctx context.Context, states []workflow.ArrivalState) ([]workflow.Arrival, error)
	History(ctx context.Context, subject string) ([]workflow.Entry, error)
	Key(ctx context.Context, name string) (workflow.KeyRecord, error)
	RecentReceipts(ctx context.Context, limit int) ([]workflow.Receipt, error)
}

// Supplier is the one supplier of a new stage.
const Supplier = workflow.SupplierID("huaxin")

// Anna may do everything.
var Anna = workflow.Actor{Name: "anna", Rights: []workflow.Right{workflow.RightAdminister}}

// New opens a stage with one supplier and two keys.
func New(t testing.TB) *Stage {
	t.Helper()
	s := unwired(t)
	ledger, err := bolt.Open(t.Context(), bolt.Options{Path: filepath.Join(t.TempDir(), "ledger.db"), Now: s.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ledger.Close(); err != nil {
			t.Error(err)
		}
	})
	s.Rewire(ledger)
	s.Apply(workflow.Change{Suppliers: []workflow.Supplier{{
		ID: Supplier, Name: "华信", Language: workflow.Chinese, Addresses: []string{"hetong@huaxin.example"}, Copies: []string{"cw@huaxin.example"},
		Required: []workflow.Role{workflow.RoleOrganization},
	}}})
	return s
}

// On returns a stage over a ledger that somebody else closes; there is no supplier yet.
func On(t testing.TB, ledger Ledger) *Stage {
	s := unwired(t)
	s.Rewire(ledger)
	return s
}

func unwired(t testing.TB) *Stage {
	return &Stage{
		TB: t, Clock: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Seals: &Sealer{}, Checks: &Checker{}, Post: &Sender{},
		Sent: &SentFolder{}, Box: &Mailbox{}, Mails: &Parser{}, Verdicts: &Verifier{}, Words: &Heard{},
	}
}

// Rewire makes the services anew over a ledger, as a restart does; what lies outside stays as it is.
func (s *Stage) Rewire(ledger Ledger) {
	s.Ledger = ledger
	log := slog.New(slog.DiscardHandler)
	clerk := &post.Clerk{
		Composer: &Composer{Heard: s.Words}, Domain: "company.example", Managers: []string{"boss@company.example"},
		Language: workflow.Chinese, SentCopy: true, Now: s.Now,
	}
	s.Issuer = &outbound.Issuer{
		Ledger: s.Ledger, Sealer: s.Seals, Checker: s.Checks, Clerk: clerk, Keys: []string{"org", "employee"}, Now: s.Now, Log: log,
	}
	s.Dispatcher = &outbound.Dispatcher{Ledger: s.Ledger, Sender: s.Post, Sent: s.Sent, Clerk: clerk, Now: s.Now, Log: log}
	s.Intake = &inbound.Intake{
		Ledger: s.Ledger, Mailbox: s.Box, Spool: Spool{}, Account: "box", Folder: "INBOX", Limit: 1 << 20, Clerk: clerk, Now: s.Now, Log: log,
	}
	s.Judge = &inbound.Judge{
		Ledger: s.Ledger, Register: s.Ledger, Numbers: s.Ledger, Queue: s.Ledger, Parser: s.Mails, Verifier: s.Verdicts, Mailbox: s.Box,
		Clerk: clerk, Own: []string{"contracts@company.example"}, Now: s.Now, Log: log,
	}
	s.Desk = &decide.Desk{Ledger: s.Ledger, Library: s.Ledger, Unsealer: s.Seals, Clerk: clerk, Now: s.Now}
	s.Stopper = &decide.Stopper{Ledger: s.Ledger, Now: s.Now}
	s.Dispatcher.Stops, s.Judge.Stops = s.Ledger, s.Ledger
	s.Timer = &schedule.Clock{Ledger: s.Ledger, Clerk: clerk, Now: s.Now, Log: log}
}

// Switch sets the mode of everything, as another configuration and a restart do.
func (s *Stage) Switch(mode workflow.Mode, redirectTo string) {
	s.Stopper.Mode, s.Judge.Still = mode, mode.Still()
	s.Dispatcher.Outlet = post.Outlet{Mode: mode, RedirectTo: redirectTo}
	s.Desk.Clerk.Outlet = s.Dispatcher.Outlet // The one clerk of all.
}

// Stop holds the stage as a restored store is.
func (s *Stage) Stop(reason string) {
	s.Helper()
	if err := s.Stopper.Stop(s.Context(), workflow.System, workflow.Hold{Reason: reason}); err != nil {
		s.Fatal(err)
	}
}

// Now returns the stage's time.
func (s *Stage) Now() time.Time { return s.Clock }

// Apply writes a change that must succeed.
func (s *Stage) Apply(change workflow.Change) {
	s.Helper()
	if err := s.Ledger.Apply(s.Context(), change); err != nil {
		s.Fatal(err)
	}
}

// Order is what Send asks for, with this number.
func Order(number string) outbound.Order {
	return outbound.Order{
		Number: number, Title: "采购合同", Supplier: Supplier, Deadline: time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC),
	}
}

// Draft is a document with that text.
func Draft(text string) workflow.Document {
	return workflow.Document{
		Ref:      workflow.Ref{Hash: workflow.HashOf([]byte(text)), Size: int64(len(text))},
		ReaderAt: bytes.NewReader([]byte(text)),
	}
}

// Issue creates a contract and takes it as far as it goes.
func (s *Stage) Issue(order outbound.Order) (workflow.Contract, error) {
	s.Helper()
	contract, err := s.Issuer.Create(s.Context(), Anna, order, Draft("draft of "+order.Number))
	if err != nil {
		return contract, err
	}
	return s.Issuer.Continue(s.Context(), Anna, contract.ID, Quiet)
}

// Dispatch sends what is due.
func (s *Stage) Dispatch() {
	s.Helper()
	if _, err := s.Dispatcher.Pass(s.Context()); err != nil {
		s.Fatal(err)
	}
}

// Send issues a contract and mails it; both must succeed.
func (s *Stage) Send(number string) workflow.Contract {
	s.Helper()
	if _, err := s.Issue(Order(number)); err != nil {
		s.Fatal(err)
	}
	s.Dispatch()
	return s.Contract(number, workflow.StateSent)
}

// Contract reads a contract, which must be in the state.
func (s *Stage) Contract(number string, state workflow.State) workflow.Contract {
	s.Helper()
	contract, err := s.Ledger.ContractByNumber(s.Context(), number)
	if err != nil {
		s.Fatal(err)
	}
	if contract.State != state {
		s.Fatalf("contract %s is %s, want %s", number, contract.State, state)
	}
	return contract
}

// Sealed returns the bytes that were mailed for a contract.
func (s *Stage) Sealed(contract workflow.Contract) string {
	s.Helper()
	document, closer, err := s.Ledger.Document(s.Context(), contract.Sealed())
	if err != nil {
		s.Fatal(err)
	}
	defer closer.Close()
	data, err := io.ReadAll(document.Reader())
	if err != nil {
		s.Fatal(err)
	}
	return string(data)
}

// Receive lets a message with these PDFs arrive and be judged, and returns its receipt.
func (s *Stage) Receive(message workflow.Message, pdfs ...string) workflow.Receipt {
	s.Helper()
	raw := s.Mails.Add(message, pdfs...)
	s.Box.Deliver(raw, s.Clock)
	if _, err := s.Intake.Pass(s.Context()); err != nil {
		s.Fatal(err)
	}
	if _, err := s.Judge.Pass(s.Context()); err != nil {
		s.Fatal(err)
	}
	receipt, err := s.Ledger.Receipt(s.Context(), workflow.ReceiptID(workflow.ArrivalIDOf(workflow.HashOf([]byte(raw)))))
	if err != nil {
		s.Fatal(err)
	}
	return receipt
}

// From is a message of the supplier.
func From(id string) workflow.Message {
	return workflow.Message{From: []string{"hetong@huaxin.example"}, Subject: "回复", MessageID: id}
}

// Letters returns the kinds of all letters of a contract.
func (s *Stage) Letters(contract workflow.Contract) []workflow.LetterKind {
	s.Helper()
	letters, err := s.Ledger.Letters(s.Context(), contract.ID)
	if err != nil {
		s.Fatal(err)
	}
	var kinds []workflow.LetterKind
	for _, letter := range letters {
		kinds = append(kinds, letter.Kind)
	}
	return kinds
}

// Quiet is a progress that nobody watches.
func Quiet(string, string) {}

// Spool keeps streams in memory.
type Spool struct{}

// Keep implements the services' spools.
func (Spool) Keep(_ context.Context, r io.Reader, limit int64) (workflow.Document, io.Closer, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("too large: %w", workflow.ErrFinal)
	}
	return Draft(string(data)), post.Closers(nil), err
}

// Lift releases everything that waits, as somebody does who has looked.
func (s *Stage) Lift(except ...string) decide.Outlook {
	s.Helper()
	outlook, err := s.Stopper.Look(s.Context(), Anna)
	if err == nil {
		_, err = s.Stopper.Lift(s.Context(), Anna, decide.Lift{Seen: outlook.Seen, Except: except})
	}
	if err != nil {
		s.Fatal(err)
	}
	return outlook
}

// Person is somebody with these rights whose approval counts.
func Person(name string, rights ...workflow.Right) workflow.Actor {
	return workflow.Actor{Name: name, Kind: workflow.KindPerson, Rights: rights}
}

// Revise replaces a contract by a new version with another draft, and takes that as far as it goes.
func (s *Stage) Revise(number, reason string) (workflow.Contract, error) {
	s.Helper()
	next, err := s.Replace(number, reason)
	if err != nil {
		return next, err
	}
	return s.Issuer.Continue(s.Context(), Anna, next.ID, Quiet)
}

// Replace is Revise without sealing.
func (s *Stage) Replace(number, reason string) (workflow.Contract, error) {
	s.Helper()
	draft := Draft("corrected draft of " + number + " because of " + reason)
	next, err := s.Issuer.Plan(s.Context(), Anna, Order(number), draft)
	if err != nil {
		return next, err
	}
	return s.Desk.Revise(s.Context(), Anna, reason, next, draft)
}
