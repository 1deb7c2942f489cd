// Package signer places seals on PDF contracts, signs them, and takes the last batch back.
//
// It promises: the input is an exact prefix of the output, streamed and never held in memory; what is appended is
// one revision that holds the mark and one signature over the whole file; earlier signatures stay valid; colours of a
// picture are kept exactly; every text is escaped as PDF demands; Undo returns the file before, byte for byte, or
// nothing.
//
// It does not judge signatures that the file has already (signer/verify does), does not ask for PINs, and leaves a
// partial output behind when signing fails: callers write to a temporary file and rename it.
package signer

import (
	"context"
	"crypto"
	"crypto/x509"
	"time"

	"contractd/signer/cms"
	"contractd/signer/font"
	"contractd/signer/pdf"
)

// Request is one sealing act of one key: what to place, and with what to sign it.
type Request struct {
	Key         crypto.Signer       // From signer/softkey or signer/token.
	Certificate *x509.Certificate   // The signer's certificate.
	Chain       []*x509.Certificate // Issuers to embed.

	Seals    []Seal // At least one. All stand under one signature in a file that has none yet.
	Separate bool   // A signature for each mark, also where one would do: for counterparties that demand it.

	Reason   string    // /Reason.
	Location string    // /Location.
	Contact  string    // /ContactInfo.
	Name     string    // /Name; empty means the certificate's common name.
	Time     time.Time // The claimed time; zero means now. Its zone is shown.

	Certify Certify // Makes it a certification (DocMDP); only as a file's first signature.
	Lock    *Lock   // Fields that are not to be filled afterwards (FieldMDP); nil for none.

	Profile   cms.Profile // Default cms.PKCS7.
	PSS       bool        // RSASSA-PSS in place of PKCS#1 v1.5.
	Hash      crypto.Hash // Default SHA-256; with an SM2 key always SM3.
	Timestamp func(ctx context.Context, imprint []byte, h crypto.Hash) (token []byte, err error)

	TimestampSize int    // Octets to reserve for the token; 0 means an upper bound for any (see tsa.Size).
	BatchID       string // Names the sealing act for undo; empty means a random one.
	Force         bool   // Sign although the certificate has expired, is not valid yet or is not made for signing.
}

// Result is what Seal made.
type Result struct {
	BatchID    string
	Signatures []Signature // In the order in which they were made; at least one.
	Marks      []Mark      // What is to be seen, in the order of the seals and their pages.
	Before     int64       // Size of the input.
	Size       int64       // Size of the output.
	SHA256     [32]byte    // Of the output.
	Tokened    bool        // Each signature carries a timestamp (level B-T).
}

// Signature is one that Seal made.
type Signature struct {
	Field string   // Full name of its field.
	Value [32]byte // SHA-256 of the CMS signature value: finds this signature again in another file.
}

// Mark is what one seal shows on one page.
type Mark struct {
	Seal          int     // Index into Request.Seals.
	Field         string  // Of the signature that covers it.
	Page          int     // Counting from 1.
	X, Y          float64 // Lower left corner in mm from the lower left of the page as seen.
	Width, Height float64 // In mm as seen.
}

// Config is what a Sealer needs; the zero value seals without text.
type Config struct {
	Font   *font.Font       // For Seal.Lines.
	Limits pdf.Limits       // Of reading the input.
	Now    func() time.Time // nil means time.Now.
}
