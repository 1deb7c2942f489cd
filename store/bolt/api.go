package bolt

import (
	"context"
	"errors"
	"io"
	"time"

	"contractd/workflow"
)

var errUnfinished = errors.New("being written")

// DefaultInlineMax is the largest document that stays in the database where Options says nothing else.
const DefaultInlineMax = 256 << 10

// NoInline as Options.InlineMax puts every document into Blobs.
const NoInline = -1

// Content is a stored document, open for reading.
type Content = interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Blobs keeps the documents that are too large for the database.
type Blobs interface {
	// Put makes the content durable before it returns, and refuses content that is not what hash and size say.
	Put(ctx context.Context, hash [32]byte, size int64, content io.Reader) error
	// Open returns an error wrapping fs.ErrNotExist when nothing has the hash.
	Open(hash [32]byte) (Content, error)
	// Stat returns the size; its errors are those of Open.
	Stat(hash [32]byte) (int64, error)
	// Walk visits everything stored; an error of visit ends it.
	Walk(ctx context.Context, visit func(hash [32]byte, size int64) error) error
}

// Options configures Open. The zero value of each but Path is its default.
type Options struct {
	Path      string           // The database file; its folder is created where it is missing.
	InlineMax int64            // Bytes; 0 is DefaultInlineMax, NoInline none.
	Blobs     Blobs            // nil keeps every document in the database.
	Fatal     error            // The error of Blobs after which nothing can be trusted (documents.ErrSync); Apply then wraps workflow.ErrDamaged.
	Now       func() time.Time // For entries without a time; time.Now.
}

// Ledger is the store in one bbolt file. It is safe for concurrent use.
type Ledger struct{}

func Open(ctx context.Context, options Options) (*Ledger, error) { return nil, errUnfinished }
func (l *Ledger) Close() error                                   { return errUnfinished }

// Lock takes data_dir/lock; ErrOwned when another process has it.
func Lock(dir, version string) (*Owner, error) { return nil, errUnfinished }

// Owner is the right to use a data folder.
type Owner struct{}

func (o *Owner) Release() error { return errUnfinished }

// ErrOwned says that another process uses the store.
var ErrOwned = errors.New("in use by another process")

// ErrNewer says that a newer contractd wrote the store.
var ErrNewer = errors.New("written by a newer contractd")

func (l *Ledger) Apply(ctx context.Context, change workflow.Change) error { return errUnfinished }
func (l *Ledger) Contract(ctx context.Context, id workflow.ContractID) (workflow.Contract, error) {
	return workflow.Contract{}, errUnfinished
}
func (l *Ledger) ContractByNumber(ctx context.Context, number string) (workflow.Contract, error) {
	return workflow.Contract{}, errUnfinished
}
func (l *Ledger) Contracts(ctx context.Context, filter workflow.ContractFilter) ([]workflow.Contract, error) {
	return nil, errUnfinished
}
func (l *Ledger) Supplier(ctx context.Context, id workflow.SupplierID) (workflow.Supplier, error) {
	return workflow.Supplier{}, errUnfinished
}
func (l *Ledger) Suppliers(ctx context.Context) ([]workflow.Supplier, error) {
	return nil, errUnfinished
}

// SupplierByAddress: ErrAmbiguous when several suppliers have it.
func (l *Ledger) SupplierByAddress(ctx context.Context, address string) (workflow.Supplier, error) {
	return workflow.Supplier{}, errUnfinished
}
func (l *Ledger) Arrival(ctx context.Context, id workflow.ArrivalID) (workflow.Arrival, error) {
	return workflow.Arrival{}, errUnfinished
}

// ArrivalsDue: queued or judged with Next not after now, earliest first.
func (l *Ledger) ArrivalsDue(ctx context.Context, now time.Time, limit int) ([]workflow.Arrival, error) {
	return nil, errUnfinished
}

// Arrivals: no states means all; oldest first.
func (l *Ledger) Arrivals(ctx context.Context, states []workflow.ArrivalState) ([]workflow.Arrival, error) {
	return nil, errUnfinished
}
func (l *Ledger) Receipt(ctx context.Context, id workflow.ReceiptID) (workflow.Receipt, error) {
	return workflow.Receipt{}, errUnfinished
}
func (l *Ledger) Receipts(ctx context.Context, contract workflow.ContractID) ([]workflow.Receipt, error) {
	return nil, errUnfinished
}
func (l *Ledger) RecentReceipts(ctx context.Context, limit int) ([]workflow.Receipt, error) {
	return nil, errUnfinished
}
func (l *Ledger) Letter(ctx context.Context, id workflow.LetterID) (workflow.Letter, error) {
	return workflow.Letter{}, errUnfinished
}
func (l *Ledger) Letters(ctx context.Context, contract workflow.ContractID) ([]workflow.Letter, error) {
	return nil, errUnfinished
}
func (l *Ledger) LetterByMessageID(ctx context.Context, messageID string) (workflow.Letter, error) {
	return workflow.Letter{}, errUnfinished
}
func (l *Ledger) Delivery(ctx context.Context, id workflow.DeliveryID) (workflow.Delivery, error) {
	return workflow.Delivery{}, errUnfinished
}
func (l *Ledger) Deliveries(ctx context.Context, filter workflow.DeliveryFilter) ([]workflow.Delivery, error) {
	return nil, errUnfinished
}
func (l *Ledger) Cursor(ctx context.Context, account, folder string) (workflow.Cursor, error) {
	return workflow.Cursor{}, errUnfinished
}
func (l *Ledger) Cursors(ctx context.Context) ([]workflow.Cursor, error) { return nil, errUnfinished }

// Key: unknown gives Revision 0 and no error.
func (l *Ledger) Key(ctx context.Context, name string) (workflow.KeyRecord, error) {
	return workflow.KeyRecord{}, errUnfinished
}
func (l *Ledger) PrefixSizes(ctx context.Context, max int64) ([]int64, error) {
	return nil, errUnfinished
}
func (l *Ledger) PrefixesOf(ctx context.Context, ref workflow.Ref) ([]workflow.Prefix, error) {
	return nil, errUnfinished
}
func (l *Ledger) ContractsBySignature(ctx context.Context, value workflow.Hash) ([]workflow.ContractID, error) {
	return nil, errUnfinished
}
func (l *Ledger) Request(ctx context.Context, key string) (workflow.Request, error) {
	return workflow.Request{}, errUnfinished
}

// Journal visits the entries from a sequence number (0 or 1: all), in order.
func (l *Ledger) Journal(ctx context.Context, from uint64, visit func(workflow.Entry) error) error {
	return errUnfinished
}

// JournalHead is the last entry, zero while there is none.
func (l *Ledger) JournalHead(ctx context.Context) (workflow.Entry, error) {
	return workflow.Entry{}, errUnfinished
}

// History returns the entries about one subject, such as "contract/ID", oldest first.
func (l *Ledger) History(ctx context.Context, subject string) ([]workflow.Entry, error) {
	return nil, errUnfinished
}
func (l *Ledger) Document(ctx context.Context, ref workflow.Ref) (workflow.Document, io.Closer, error) {
	return workflow.Document{}, nil, errUnfinished
}
func (l *Ledger) HasDocument(ctx context.Context, ref workflow.Ref) (bool, error) {
	return false, errUnfinished
}

// WalkDocuments visits every stored document; fault says why one cannot be read.
func (l *Ledger) WalkDocuments(ctx context.Context, visit func(document workflow.Document, fault error) error) error {
	return errUnfinished
}

// Source lets package check read everything.
func (l *Ledger) Source() Source { return Source{} }

// Source is the ledger as store/check reads it.
type Source struct{}

func (s Source) Records(ctx context.Context, visit func(kind, key string, record any, fault error) error) error {
	return errUnfinished
}
func (s Source) Entries(ctx context.Context, visit func(sequence uint64, entry workflow.Entry, fault error) error) error {
	return errUnfinished
}
func (s Source) Documents(ctx context.Context, visit func(document workflow.Document, fault error) error) error {
	return errUnfinished
}
