// Package api is the control API: HTTP and JSON over the services, and the client that the command line uses.
//
// It promises that a verb does the same whether it reaches a running daemon through its unix socket or the handlers in
// its own process; that callers send bytes, never paths; that a repeated request with the same idempotency key makes
// no second contract; and that an error arrives with the sentinel and the hint it left with. Rights are checked
// in the services, not here.
package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"contractd/workflow"
	"contractd/workflow/decide"
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

// Spool keeps an upload until it is stored.
type Spool interface {
	// Keep reads r to its end; more than the limit is an error wrapping ErrFinal.
	Keep(ctx context.Context, r io.Reader, limit int64) (workflow.Document, io.Closer, error)
}

// Services are what the handlers call.
type Services struct {
	Version   string
	Issuer    *outbound.Issuer
	Desk      *decide.Desk
	Guard     *keys.Guard
	Store     Store
	Directory Directory
	Spool     Spool
	Limit     int64 // Of one upload, in bytes.
	Daemon    bool  // Whether a daemon answers: otherwise letters wait for one.
	// Check re-derives everything that the store claims; the result is what `archive check` prints.
	Check func(ctx context.Context) (any, bool, error)
	// Health tells how the mailbox and the queues are.
	Health func(ctx context.Context) (Health, error)
	// Keys returns what is remembered of each configured key.
	Keys func(ctx context.Context) ([]workflow.KeyRecord, error)
	// Policy completes an order: the deadline, and whether a person must release or confirm.
	Policy func(order *outbound.Order) error
	// Changed wakes whoever sends what is due.
	Changed func()
	Now     func() time.Time
	Log     *slog.Logger
}

// Health is how the daemon is.
type Health struct {
	Daemon       bool                           `json:"daemon"`
	Contracts    map[workflow.State]int         `json:"contracts"`
	Overdue      int                            `json:"overdue"`
	Waiting      []string                       `json:"waiting,omitempty"` // Contracts that wait for a key, with the reason.
	Outbox       map[workflow.DeliveryState]int `json:"outbox"`
	Inbox        map[workflow.ArrivalState]int  `json:"inbox"`
	LastPoll     time.Time                      `json:"last_poll,omitzero"` // When the mailbox was last read to its end.
	NextDeadline time.Time                      `json:"next_deadline,omitzero"`
}

// server answers requests.
type server struct{ Services }

// Handler returns the control API. The actor of each request stands in its context; see WithActor.
func Handler(services Services) http.Handler {
	s := &server{services}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/version", s.version)
	mux.HandleFunc("GET /v1/status", s.answer(s.status))
	mux.HandleFunc("POST /v1/check", s.answer(s.check))
	mux.HandleFunc("POST /v1/contracts", s.send)
	mux.HandleFunc("GET /v1/contracts", s.answer(s.query))
	mux.HandleFunc("GET /v1/contracts/{number}", s.answer(s.story))
	mux.HandleFunc("GET /v1/contracts/{number}/documents/{which}", s.document)
	mux.HandleFunc("GET /v1/contracts/{number}/export", s.export)
	mux.HandleFunc("POST /v1/contracts/{number}/seal", s.seal)
	mux.HandleFunc("POST /v1/contracts/{number}/{decision}", s.answer(s.decide))
	mux.HandleFunc("GET /v1/suppliers", s.answer(s.suppliers))
	mux.HandleFunc("GET /v1/suppliers/{id}", s.answer(s.supplier))
	mux.HandleFunc("PUT /v1/suppliers/{id}", s.answer(s.putSupplier))
	mux.HandleFunc("GET /v1/keys", s.answer(s.keys))
	mux.HandleFunc("POST /v1/keys/{name}/resume", s.answer(s.resume))
	return s.versioned(mux)
}

type actorKey struct{}

// WithActor returns a context in which the actor acts.
func WithActor(ctx context.Context, actor workflow.Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// actorOf returns the actor of the request; without one, an actor who may do nothing.
func actorOf(ctx context.Context) workflow.Actor {
	actor, _ := ctx.Value(actorKey{}).(workflow.Actor)
	return actor
}
