package workflow

import "time"

// LetterKind says what a letter is for.
type LetterKind string

const (
	LetterContract  LetterKind = "contract"  // The sealed contract, to the supplier.
	LetterConfirmed LetterKind = "confirmed" // The return was archived.
	LetterReview    LetterKind = "review"    // The return came in and a person looks at it.
	LetterRejected  LetterKind = "rejected"  // What is wrong with the return, and what to do.
	LetterWithdrawn LetterKind = "withdrawn" // The contract is taken back.
	LetterNotice    LetterKind = "notice"    // To our own managers.
	LetterExtended  LetterKind = "extended"  // The contract may come back later than was said.
)

// Letter is an outbound message, composed and stored before anything is sent.
type Letter struct {
	Schema    int        `json:"schema"`
	ID        LetterID   `json:"id"`
	Kind      LetterKind `json:"kind"`
	Contract  ContractID `json:"contract,omitempty"`
	MessageID string     `json:"message_id"` // Fixed for ever; a re-sent letter carries the same one.
	Subject   string     `json:"subject"`
	From      string     `json:"from"` // Envelope sender.
	Raw       Ref        `json:"raw"`
	Created   time.Time  `json:"created"`
}

// DeliveryState is how far the sending to one recipient has come.
type DeliveryState string

const (
	DeliveryHeld      DeliveryState = "held"      // Waits for a person's release.
	DeliveryQueued    DeliveryState = "queued"    // To be sent when Next is reached.
	DeliveryClaimed   DeliveryState = "claimed"   // An attempt has begun; whether it ended is not known.
	DeliveryAccepted  DeliveryState = "accepted"  // The server took responsibility.
	DeliveryFailed    DeliveryState = "failed"    // Refused for good.
	DeliveryCancelled DeliveryState = "cancelled" // Taken back before the first attempt.
)

// Channel is how a delivery leaves.
type Channel string

const (
	ChannelTo   Channel = "to"   // SMTP, to a main recipient: all of these must be accepted.
	ChannelCopy Channel = "copy" // SMTP, to a copy recipient: a failure only informs.
	ChannelSent Channel = "sent" // IMAP, our copy in the Sent folder.
)

// Delivery is the sending of one letter to one recipient.
type Delivery struct {
	Schema    int           `json:"schema"`
	Revision  uint64        `json:"revision"`
	ID        DeliveryID    `json:"id"`
	Letter    LetterID      `json:"letter"`
	Contract  ContractID    `json:"contract,omitempty"`
	Recipient string        `json:"recipient,omitempty"`
	Redirect  string        `json:"redirect,omitempty"` // Who gets it instead; set in the mode redirect, and for good.
	Channel   Channel       `json:"channel"`
	Round     int           `json:"round,omitempty"` // 0 for the first mailing; each resend of the same letter is another.
	State     DeliveryState `json:"state"`
	Attempts  int           `json:"attempts"` // Counted when claimed.
	Next      time.Time     `json:"next,omitzero"`
	First     time.Time     `json:"first,omitzero"` // When the first attempt began.
	Accepted  time.Time     `json:"accepted,omitzero"`
	Answer    string        `json:"answer,omitempty"` // The server's last words, for operators.
}

// Envelope is what the mail server is told.
type Envelope struct {
	From string
	To   string
}

// Notice is everything that a letter says, before it is put into words.
type Notice struct {
	Kind        LetterKind
	Language    Language
	MessageID   string
	Date        time.Time
	To          []string
	Copies      []string
	References  []string // The thread, oldest first; the last is answered.
	Contract    Contract
	Supplier    Supplier
	Receipt     *Receipt  // For answers to a return.
	Seals       []Seal    // For contract letters: how the supplier can check us.
	Before      time.Time // For extensions: the deadline that was told before.
	Outdated    bool      // For rejections: what came back is of a version that the contract replaces.
	Text        string    // For notices to managers: what happened, one fact a line.
	Attachments []NamedDocument
}

// Seal is one of our signatures, as described to the supplier.
type Seal struct {
	Role        Role
	Signer      string
	Issuer      string
	Fingerprint Hash // SHA-256 of the certificate.
}

// NamedDocument is an attachment.
type NamedDocument struct {
	Name string
	Document
}
