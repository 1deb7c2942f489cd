package workflow

import "time"

// Message is what was found in a raw message, under limits.
type Message struct {
	From       []string // Addresses only, lower-case domain.
	To         []string
	Subject    string   // Decoded.
	MessageID  string   // Without angle brackets, as all ids here.
	References []string // In-Reply-To first, then References, newest first.
	Date       time.Time
	Automatic  Automatic
	PDFs       []Attachment
	Problems   []Problem
}

// Automatic says that no person wrote a message, and so that none is answered.
type Automatic string

const (
	NotAutomatic Automatic = ""
	AutoBounce   Automatic = "bounce"    // A delivery status report.
	AutoReply    Automatic = "automatic" // Auto-Submitted, vacation, list or bulk mail.
)

// Attachment is a PDF found by its content.
type Attachment struct {
	Name     string // As the sender called it; never a path.
	Path     string // Where in the message, such as "2" or "3/1".
	Repaired bool   // Its encoding had to be read leniently.
	Document Document
}

// ProblemKind names something in a message that keeps us from finding a PDF.
type ProblemKind string

const (
	ProblemTooLarge   ProblemKind = "too-large"  // A limit was hit.
	ProblemMalformed  ProblemKind = "malformed"  // The structure cannot be read to the end.
	ProblemArchive    ProblemKind = "archive"    // An archive that is not opened: no zip, or within another one.
	ProblemPassword   ProblemKind = "password"   // A zip that needs a password.
	ProblemEncrypted  ProblemKind = "encrypted"  // A message encrypted for somebody else.
	ProblemLink       ProblemKind = "link"       // A cloud attachment (超大附件), never followed.
	ProblemUnreadable ProblemKind = "unreadable" // A part whose encoding is unknown.
)

// Problem is one such finding.
type Problem struct {
	Kind ProblemKind
	Path string
	Name string
}
