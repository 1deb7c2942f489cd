// Package contract makes a contract's PDF from an embedded or given template and the data of one agreement.
//
// It promises the same bytes for the same template, data, font and options, Chinese in which no glyph is missing (a missing one
// is an error), and a QR code that names the contract. It does not seal, number or send anything.
package contract

import (
	"context"
	"io"
	"time"
)

// Options say how a contract is rendered.
type Options struct {
	Template string    // An embedded name such as "purchase", or a file's path; empty means "purchase".
	Font     string    // Path of a TrueType font with Chinese; empty means: look for one.
	Code     string    // The verification code in the QR code, derived by the caller; empty means no QR code.
	Created  time.Time // The document's date of creation; must be given.
}

// Data is what one contract says; its JSON form is documented in docs.
type Data struct {
	Number string `json:"number"`
	Title  string `json:"title"`
}

// Read reads and checks data in JSON: every fault is reported at once, unknown keys are faults.
func Read(r io.Reader) (Data, error) { return Data{}, nil }

// Render writes the PDF.
func Render(ctx context.Context, w io.Writer, data Data, options Options) error { return nil }

// QRText returns the text in the QR code.
func QRText(number, code string) string { return "contractd:1:" + number + ":" + code }
