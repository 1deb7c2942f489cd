// Package api is the control API: HTTP and JSON over the services, and the client that the command line uses.
//
// It promises that a verb does the same whether it reaches a running daemon through its unix socket or the handlers in
// its own process; that callers send bytes, never paths; that with an idempotency key a repeated request makes
// no second contract and no act is done twice; and that an error arrives with the sentinel and the hint it left with.
// Rights are checked in the services; where a handler reads the store itself, the check stands beside it. A caller whose
// rights end at some suppliers learns nothing of the contracts of others, not even that there are some.
package api

import (
	"context"
	"io"
	"log/slog"
	"time"

	"contractd/workflow"
	"contractd/workflow/access"
	"contractd/workflow/appearances"
	"contractd/workflow/decide"
	"contractd/workflow/inbound"
	"contractd/workflow/keys"
	"contractd/workflow/outbound"
)

// VersionHeader carries the version of both sides; they must be equal.
const VersionHeader = "Contractd-Version"

// IdempotencyHeader carries the caller's name for a request that must not be done twice.
const IdempotencyHeader = "Idempotency-Key"

// Store is what the handlers read. Errors wrap workflow.ErrNotFound for unknown names.
type Store interface {
	Contracts(ctx context.Context, filter workflow.ContractFilter) ([]workflow.Contract, error)
	ContractByNumber(ctx context.Context, number string) (workflow.Contract, error)
	Document(ctx context.Context, ref workflow.Ref) (workflow.Document, io.Closer, error)
	Apply(ctx context.Context, change workflow.Change) error
	History
}

// History is what is told about one contract.
type History interface {
	Letters(ctx context.Context, contract workflow.ContractID) ([]workflow.Letter, error)
	Deliveries(ctx context.Context, filter workflow.DeliveryFilter) ([]workflow.Delivery, error)
	Receipts(ctx context.Context, contract workflow.ContractID) ([]workflow.Receipt, error)
	History(ctx context.Context, subject string) ([]workflow.Entry, error)
}

// Directory is the register of suppliers.
type Directory interface {
	Supplier(ctx context.Context, id workflow.SupplierID) (workflow.Supplier, error)
	Suppliers(ctx context.Context) ([]workflow.Supplier, error)
}

// Memory is what was done for idempotency keys. Errors wrap workflow.ErrNotFound for unknown names.
type Memory interface {
	Request(ctx context.Context, key string) (workflow.Request, error)
	Contract(ctx context.Context, id workflow.ContractID) (workflow.Contract, error)
}

// Spool keeps an upload until it is stored.
type Spool interface {
	// Keep reads r to its end; more than the limit is an error wrapping ErrTooLarge.
	Keep(ctx context.Context, r io.Reader, limit int64) (workflow.Document, io.Closer, error)
}

// Services are what the handlers call.
type Services struct {
	Version   string
	Issuer    *outbound.Issuer
	Desk      *decide.Desk
	Guard     *keys.Guard
	Gate      *access.Gate
	Stopper   *decide.Stopper
	Cabinet   *appearances.Cabinet
	Store     Store
	Memory    Memory
	Directory Directory
	Spool     Spool
	Message   int64         // The largest message that may be explained, in bytes.
	Limit     int64         // Of one upload, in bytes.
	Uploads   int           // How many are taken in at once; 0 means 4.
	Patience  time.Duration // How long a caller may be silent, or not read, within a request; 0 means 30 s.
	Daemon    bool          // Whether a daemon answers: otherwise letters wait for one.
	// Check re-derives everything that the store claims; the result is what `archive check` prints.
	Check func(ctx context.Context) (any, bool, error)
	// Health tells how the mailbox and the queues are.
	Health func(ctx context.Context) (Health, error)
	// Backup takes a copy of the store as it stands, to be written while others go on.
	Backup func(ctx context.Context) (Copy, error)
	// Keys returns what is remembered of each configured key.
	Keys func(ctx context.Context) ([]workflow.KeyRecord, error)
	// Login tries a PIN that the key's holder gave, once, and keeps it in memory. It must not keep the slice.
	Login func(ctx context.Context, name string, pin []byte) error
	// Tokens looks at every token that the configuration's modules see, and where they are wanted at the certificate of each key.
	Tokens func(ctx context.Context, certificates bool) (Tokens, error)
	// Policy completes an order: the deadline, and whether a person must release or confirm.
	Policy func(order *outbound.Order) error
	// Explain tells what would become of a message.
	Explain func(ctx context.Context, actor workflow.Actor, raw workflow.Document) (inbound.Explanation, error)
	// Changed wakes whoever sends what is due.
	Changed func()
	Now     func() time.Time
	Log     *slog.Logger
}
