// Package storetest is the one suite that every ledger passes, whatever database it keeps its records
// in. It says what package workflow and the services rely on: a Change is written whole or not at all,
// of two writers one wins, indexes follow the records, and all of it is there after reopening.
//
// It does not measure speed and cannot cut the power: what survives that is for the ledger's own tests.
package storetest

import (
	"context"
	"io"
	"testing"
	"time"

	"contractd/store/check"
	"contractd/workflow"
)

// Ledger is everything that the services ask of a store; each of them declares the few methods it uses.
type Ledger interface {
	Apply(ctx context.Context, change workflow.Change) error
	Close() error
	// Source is everything that the ledger holds, as store/check reads it.
	Source() check.Source

	Contract(ctx context.Context, id workflow.ContractID) (workflow.Contract, error)
	ContractByNumber(ctx context.Context, number string) (workflow.Contract, error)
	Contracts(ctx context.Context, filter workflow.ContractFilter) ([]workflow.Contract, error)
	ContractsBySignature(ctx context.Context, value workflow.Hash) ([]workflow.ContractID, error)
	PrefixSizes(ctx context.Context, max int64) ([]int64, error)
	PrefixesOf(ctx context.Context, ref workflow.Ref) ([]workflow.Prefix, error)
	Supplier(ctx context.Context, id workflow.SupplierID) (workflow.Supplier, error)
	Suppliers(ctx context.Context) ([]workflow.Supplier, error)
	SupplierByAddress(ctx context.Context, address string) (workflow.Supplier, error)

	Arrival(ctx context.Context, id workflow.ArrivalID) (workflow.Arrival, error)
	Arrivals(ctx context.Context, states []workflow.ArrivalState) ([]workflow.Arrival, error)
	ArrivalsDue(ctx context.Context, now time.Time, limit int) ([]workflow.Arrival, error)
	Receipt(ctx context.Context, id workflow.ReceiptID) (workflow.Receipt, error)
	Receipts(ctx context.Context, contract workflow.ContractID) ([]workflow.Receipt, error)
	RecentReceipts(ctx context.Context, limit int) ([]workflow.Receipt, error)
	Letter(ctx context.Context, id workflow.LetterID) (workflow.Letter, error)
	Letters(ctx context.Context, contract workflow.ContractID) ([]workflow.Letter, error)
	LetterByMessageID(ctx context.Context, messageID string) (workflow.Letter, error)
	Delivery(ctx context.Context, id workflow.DeliveryID) (workflow.Delivery, error)
	Deliveries(ctx context.Context, filter workflow.DeliveryFilter) ([]workflow.Delivery, error)
	Cursor(ctx context.Context, account, folder string) (workflow.Cursor, error)
	Cursors(ctx context.Context) ([]workflow.Cursor, error)
	Key(ctx context.Context, name string) (workflow.KeyRecord, error)
	Request(ctx context.Context, key string) (workflow.Request, error)
	Hold(ctx context.Context) (workflow.Hold, error)

	Tally(ctx context.Context, now time.Time) (workflow.Tally, error)
	Journal(ctx context.Context, from uint64, visit func(workflow.Entry) error) error
	JournalHead(ctx context.Context) (workflow.Entry, error)
	History(ctx context.Context, subject string) ([]workflow.Entry, error)
	Document(ctx context.Context, ref workflow.Ref) (workflow.Document, io.Closer, error)
	HasDocument(ctx context.Context, ref workflow.Ref) (bool, error)
}

// Open opens the ledger that is kept in a folder, empty at first. The suite closes it.
type Open func(t *testing.T, dir string) Ledger

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(*store){
		"contracts":               testContracts,
		"unknown":                 testUnknown,
		"conflict":                testConflict,
		"concurrent writers":      testConcurrentWriters,
		"concurrent counters":     testConcurrentChanges,
		"moves":                   testMoves,
		"numbers":                 testNumbers,
		"written once":            testWrittenOnce,
		"requests":                testRequests,
		"atomicity":               testAtomicity,
		"filter":                  testFilter,
		"filter by number":        testNumberFilter,
		"prefixes":                testPrefixes,
		"signature values":        testSignatureValues,
		"suppliers by address":    testAddresses,
		"arrivals":                testArrivals,
		"receipts":                testReceipts,
		"letters":                 testLetters,
		"deliveries":              testDeliveries,
		"tally":                   testTally,
		"deadlines":               testDeadlines,
		"cursors and keys":        testCursorsAndKeys,
		"documents":               testDocuments,
		"documents refused":       testDocumentsRefused,
		"dangling references":     testDanglingReference,
		"journal":                 testJournal,
		"journal of strange text": testJournalText,
		"long journal":            testLongJournal,
		"reopening":               testReopening,
		"ended context":           testEndedContext,
	} {
		t.Run(name, func(t *testing.T) {
			s := &store{T: t, open: open, dir: t.TempDir()}
			s.Ledger = open(t, s.dir)
			test(s)
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	t.Run("stories", func(t *testing.T) { Stories(t, open, suiteStories) })
}

// store is a ledger under test.
type store struct {
	*testing.T
	Ledger
	open Open
	dir  string
}

// reopen closes the ledger and opens it again.
func (s *store) reopen() {
	s.Helper()
	if err := s.Close(); err != nil {
		s.Fatalf("close: %v", err)
	}
	s.Ledger = s.open(s.T, s.dir)
}

// must applies a change that has to be accepted.
func (s *store) must(change workflow.Change) {
	s.Helper()
	if err := s.Apply(s.Context(), change); err != nil {
		s.Fatalf("apply: %v", err)
	}
}
