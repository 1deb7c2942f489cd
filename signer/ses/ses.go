// Package ses reads and checks electronic seals: SES_Signature of GB/T 38540-2020 (version 4) and of GM/T 0031-2014 (version 2),
// as PDFs of the field carry them under the SubFilter GM.sm2seal.
//
// It promises: input is read as DER within fixed limits; what speaks against a seal is data (Findings), in the order in
// which the standard checks; an algorithm that is not supported is named, never called broken.
//
// It does not judge trust: the certificates of signer and seal maker are given to the caller. The standards' texts were not at
// hand; the layout is the one that public validators read.
package ses

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"time"
)

// ErrMalformed is wrapped by every error of Parse: it is no seal of a layout that is known.
var ErrMalformed = errors.New("malformed electronic seal")

// Version4 is the first with the layout of GB/T 38540-2020; lower ones have that of GM/T 0031-2014.
const Version4 = 4

// Signature is a document sealed with an electronic seal.
type Signature struct {
	Version   int
	Length    int // Octets that the structure took.
	Seal      Seal
	Time      time.Time // What the signer says; zero where it is a token that is not read.
	DataHash  []byte    // SM3 of the document's byte range.
	Property  string    // What it refers to, such as the byte range's name.
	Signer    *x509.Certificate
	Algorithm asn1.ObjectIdentifier
	Value     []byte
	Timestamp []byte // RFC 3161 token over the value, DER; nil when absent.

	signed []byte // The octets that the value covers.
}

// Seal is the electronic seal itself: a picture that a seal maker bound to the certificates that may use it.
type Seal struct {
	ID        string
	Vendor    string
	Name      string
	Kind      int
	Created   time.Time
	From, To  time.Time
	Picture   Picture
	Maker     *x509.Certificate
	Algorithm asn1.ObjectIdentifier
	Value     []byte

	certificates [][]byte // Of those who may use it, DER …
	digests      [][]byte // … or SM3 digests of them.
	signed       []byte
}

// Picture is what the seal shows.
type Picture struct {
	Type          string // "png", "jpg", "gif", "svg", "ofd" …
	Data          []byte
	Width, Height int // In millimetres.
}

// Code says what speaks against a seal.
type Code string

// The codes of Check, in the order of GB/T 38540-2020, 7.2.
const (
	SignatureValue Code = "signature-value" // The value is not the signer's over what it should cover.
	NotListed      Code = "signer-not-listed"
	SealValue      Code = "seal-value" // The seal is not what its maker signed.
	SealValidity   Code = "seal-validity"
	DocumentHash   Code = "document-hash"
	Unsupported    Code = "unsupported"
)

// Finding is one thing that speaks against a seal.
type Finding struct {
	Code   Code
	Detail string // For operators.
}
