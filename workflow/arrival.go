package workflow

import "time"

// ArrivalState is how far an arrival has come.
type ArrivalState string

const (
	ArrivalQueued ArrivalState = "queued" // Durable, to be judged.
	ArrivalJudged ArrivalState = "judged" // Its receipt is durable; the message is still to be filed.
	ArrivalFiled  ArrivalState = "filed"  // Nothing left to do.
)

// Arrival is one message as fetched, before it is judged.
type Arrival struct {
	Schema    int          `json:"schema"`
	Revision  uint64       `json:"revision"`
	ID        ArrivalID    `json:"id"`
	Raw       Ref          `json:"raw"` // The message, byte for byte.
	Places    []Place      `json:"places"`
	Fetched   time.Time    `json:"fetched"`
	Internal  time.Time    `json:"internal_date"` // When it entered the mailbox (Electronic Signature Law, art. 11).
	State     ArrivalState `json:"state"`
	Attempts  int          `json:"attempts"` // Counted before each try.
	Next      time.Time    `json:"next,omitzero"`
	LastError string       `json:"last_error,omitempty"` // For operators.
	FileInto  Shelf        `json:"file_into,omitempty"`
	Stamps    []Stamp      `json:"stamps,omitempty"` // Our timestamps over the returns in it, taken before they were judged.
}

// Place is where a message lies on a mail server.
type Place struct {
	Account     string `json:"account"`
	Folder      string `json:"folder"`
	UIDValidity uint32 `json:"uid_validity"`
	UID         uint32 `json:"uid"`
}

// Shelf says where a judged message is filed; the configuration names the folder of each.
type Shelf string

const (
	ShelfArchived Shelf = "archived" // A return that was archived.
	ShelfReview   Shelf = "review"   // A person must look.
	ShelfRejected Shelf = "rejected" // A return that failed.
	ShelfIgnored  Shelf = "ignored"  // Nothing for us in it.
)

// Cursor remembers up to where a folder was read.
type Cursor struct {
	Account     string    `json:"account"`
	Folder      string    `json:"folder"`
	UIDValidity uint32    `json:"uid_validity"`
	UID         uint32    `json:"uid"` // The highest UID whose arrival is durable.
	Polled      time.Time `json:"polled"`
}

// Incoming describes a message that a mailbox offers.
type Incoming struct {
	Place
	Internal time.Time // INTERNALDATE (RFC 9051, 2.3.3).
	Size     int64     // RFC822.SIZE; the raw message must have exactly so many bytes.
}
