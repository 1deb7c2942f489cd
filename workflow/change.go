package workflow

import "time"

// Change is everything that one decision writes. A ledger applies it whole or not at all:
//
//   - documents are durable before the records that name them;
//   - a record with a Revision (contract, supplier, arrival, delivery, key, appearance) must still have that revision in the ledger,
//     0 meaning that it must be new; otherwise nothing is written and the error wraps ErrConflict (ErrExists for a
//     contract number that another contract holds);
//   - a contract's state must be reachable from the stored one by the state table (ErrState);
//   - receipts and letters are written once: an existing id is ErrExists;
//   - entries get their sequence and hashes in order.
type Change struct {
	Documents   []Document
	Contracts   []Contract
	Suppliers   []Supplier
	Arrivals    []Arrival
	Receipts    []Receipt
	Letters     []Letter
	Deliveries  []Delivery
	Keys        []KeyRecord
	Cursors     []Cursor
	Requests    []Request
	APIKeys     []APIKey
	Appearances []Appearance
	Hold        *Hold
	Entries     []Entry
}

// Request remembers the answer to an idempotency key, so that a repeated command makes no second contract.
type Request struct {
	Key      string     `json:"key"`
	Contract ContractID `json:"contract"`
	Digest   Hash       `json:"digest,omitzero"` // Of what was asked; another order must not get this answer.
	At       time.Time  `json:"at"`
}

// KeyRecord is what must survive a restart about a signing key.
type KeyRecord struct {
	Schema     int       `json:"schema"`
	Revision   uint64    `json:"revision"`
	Name       string    `json:"name"`
	Attempting time.Time `json:"attempting,omitzero"` // A PIN is being tried; set before and cleared after it.
	Suspended  time.Time `json:"suspended,omitzero"`  // Since when the key rests until a person resumes it.
	Reason     string    `json:"reason,omitempty"`
}

// ContractFilter selects contracts; zero fields select everything.
type ContractFilter struct {
	Supplier SupplierID
	Owner    string
	Number   string // A glob such as "NJ-2026-*".
	States   []State
	Text     string    // Found in number, title or supplier id, ignoring case.
	From, To time.Time // By creation.
	Due      time.Time // Sent, and the deadline had passed by then.
	Limit    int       // 0 means all.
}

// DeliveryFilter selects deliveries; zero fields select everything.
type DeliveryFilter struct {
	Letter   LetterID
	Contract ContractID
	States   []DeliveryState
	Due      time.Time // Queued and due by then, or claimed.
	Limit    int
}
