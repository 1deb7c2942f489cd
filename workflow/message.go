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
	Bounce     *Bounce // What a report says; nil unless Automatic is AutoBounce.
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

// Bounce is what a delivery status report says about a message of ours. Anybody can write one who has had that message.
type Bounce struct {
	MessageID string     // Of the message that came back.
	Envelope  string     // The ENVID under which it was sent, as far as servers kept it.
	Returned  []Returned // None if the report has no form that can be read.
}

// Returned is what is reported about one recipient.
type Returned struct {
	Recipient string         // As we addressed it, where the report tells that.
	Action    ReportedAction // What became of it.
	Status    string         // Such as "5.1.1" (RFC 3463).
	Words     string         // What the remote server said.
}

// ReportedAction is the Action of RFC 3464, 2.3.3. Only failed means that a message did not get there.
type ReportedAction string

const (
	ReportFailed    ReportedAction = "failed"    // It was not delivered and will not be.
	ReportDelayed   ReportedAction = "delayed"   // It is being tried still.
	ReportDelivered ReportedAction = "delivered" // It was delivered.
	ReportRelayed   ReportedAction = "relayed"   // It went to where nothing is reported from.
	ReportExpanded  ReportedAction = "expanded"  // It went on to several.
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
