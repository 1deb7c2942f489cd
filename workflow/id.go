package workflow

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// ContractID names one version of one contract, for ever.
type ContractID string

// SupplierID is the short name by which people and commands call a supplier.
type SupplierID string

// ArrivalID names an arrival. It is derived from the raw message, so that the same bytes fetched
// twice (UIDVALIDITY changed, crash before the cursor moved) are one arrival.
type ArrivalID string

// ReceiptID names a receipt; it equals the id of the arrival that it judges.
type ReceiptID string

// LetterID names a letter.
type LetterID string

// DeliveryID names the sending of one letter to one recipient.
type DeliveryID string

var idAlphabet = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// NewID returns a random identifier with 100 bits, in 20 characters that are not confused when read aloud.
func NewID() string {
	var raw [13]byte
	rand.Read(raw[:]) // crypto/rand.Read never fails since Go 1.24.
	return idAlphabet.EncodeToString(raw[:])[:20]
}

// ArrivalIDOf derives the arrival's name from the digest of its raw message.
func ArrivalIDOf(raw Hash) ArrivalID {
	return ArrivalID(strings.ToLower(idAlphabet.EncodeToString(raw[:])[:26]))
}
