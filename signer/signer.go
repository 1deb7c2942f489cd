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

// Kind is the way in which a seal is placed.
type Kind string

// The kinds of seals.
const (
	Ordinary  Kind = "ordinary"  // 普通签章: one mark on one page.
	Invisible Kind = "invisible" // A signature without a mark.
	Pages     Kind = "pages"     // 多页签章: the mark on many pages under one signature; refused until it is supported.
	Riding    Kind = "riding"    // 骑缝签章: slices of the mark at the edges; refused until it is supported.
)

// LastPage as Request.Page means the last page of the document.
const LastPage = -1

// DefaultSize is the longer edge of a seal's picture in millimetres when none is given.
const DefaultSize = 40

// Request says what to place and with what to sign it.
type Request struct {
	Key         crypto.Signer       // From signer/softkey or signer/token.
	Certificate *x509.Certificate   // The signer's certificate.
	Chain       []*x509.Certificate // Issuers to embed.

	Kind  Kind     // Default Ordinary.
	Page  int      // Counting from 1; 0 means 1, LastPage the last one.
	X, Y  float64  // Lower left corner of the whole mark in mm from the lower left of the page as seen.
	Size  float64  // Longer edge of the picture in mm; 0 means DefaultSize.
	Image *Image   // The picture; nil for text alone.
	Lines []string // Text below the picture, a line each; needs Config.Font.

	Reason   string    // /Reason.
	Location string    // /Location.
	Contact  string    // /ContactInfo.
	Name     string    // /Name; empty means the certificate's common name.
	Time     time.Time // The claimed time; zero means now. Its zone is shown.

	Profile   cms.Profile // Default cms.PKCS7.
	PSS       bool        // RSASSA-PSS in place of PKCS#1 v1.5.
	Hash      crypto.Hash // Default SHA-256.
	Timestamp func(ctx context.Context, imprint []byte, h crypto.Hash) (token []byte, err error)

	TimestampSize int    // Octets to reserve for the token; 0 means an upper bound for any (see tsa.Size).
	BatchID       string // Names the sealing act for undo; empty means a random one.
	Force         bool   // Sign although the certificate has expired, is not valid yet or is not made for signing.
}

// Result is what Seal made.
type Result struct {
	BatchID        string
	Field          string   // Full name of the signature field.
	Page           int      // Where the mark stands, counting from 1.
	SignatureValue [32]byte // SHA-256 of the CMS signature value: finds this signature again in another file.
	Before         int64    // Size of the input.
	Size           int64    // Size of the output.
	SHA256         [32]byte // Of the output.
	Tokened        bool     // Carries a timestamp (level B-T).
}

// Config is what a Sealer needs; the zero value seals without text.
type Config struct {
	Font   *font.Font       // For Request.Lines.
	Limits pdf.Limits       // Of reading the input.
	Now    func() time.Time // nil means time.Now.
}
