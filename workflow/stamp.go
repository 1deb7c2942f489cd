package workflow

import "time"

// Stamp is a timestamp of ours over a returned file, taken when it arrived: it proves that everything in the file, the
// counterparty's signatures among it, was there by then, whatever the certificates' fate since. It is kept for good.
type Stamp struct {
	Over      Hash      `json:"over"`  // SHA-256 of the file.
	Token     Ref       `json:"token"` // The TimeStampToken (RFC 3161, 2.4.2), a document of the store.
	Time      time.Time `json:"time"`  // genTime.
	Authority string    `json:"authority,omitempty"`
}

// TimeSource says what proves a signature's time.
type TimeSource string

const (
	TimeBySignature TimeSource = "signature" // A timestamp over the signature's value, within it.
	TimeByDocument  TimeSource = "document"  // A document timestamp that covers the signature.
	TimeByArrival   TimeSource = "arrival"   // Our own timestamp over the whole file, taken when it arrived.
)
