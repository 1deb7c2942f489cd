package workflow

import "time"

// Receipt is what an arrival was, and what we did about it.
type Receipt struct {
	Schema   int         `json:"schema"`
	ID       ReceiptID   `json:"id"`
	Raw      Ref         `json:"raw"`
	From     []string    `json:"from"`
	Subject  string      `json:"subject"`
	Message  string      `json:"message_id"`
	Received time.Time   `json:"received"` // When the message entered the designated mailbox.
	Judged   time.Time   `json:"judged"`
	Outcome  Disposition `json:"outcome"`
	Findings []Finding   `json:"findings,omitempty"`
	Problems []string    `json:"problems,omitempty"` // Problem kinds with their places.
	Replies  []LetterID  `json:"replies,omitempty"`  // One for each contract that a return was decided about.
	Silence  string      `json:"silence,omitempty"`  // Why no reply, or not every one, was sent.
}

// Disposition is what became of a message or of one PDF in it.
type Disposition string

const (
	Archived      Disposition = "archived"      // The contract's final document.
	ToReview      Disposition = "review"        // A person decides.
	Rejected      Disposition = "rejected"      // Failed; the contract waits on.
	Duplicate     Disposition = "duplicate"     // Exactly the document that is archived already.
	Alarm         Disposition = "alarm"         // A differing return of a closed contract.
	NoContract    Disposition = "no-contract"   // A PDF that belongs to none of our contracts.
	NothingFound  Disposition = "nothing-found" // No PDF in it.
	Bounced       Disposition = "bounce"        // A delivery status report.
	Unprocessable Disposition = "unprocessable" // Every attempt failed; see the arrival.
)

// Finding is what one PDF of a message was.
type Finding struct {
	Name     string      `json:"name"`
	Path     string      `json:"path"`
	Repaired bool        `json:"repaired,omitempty"`
	Document Ref         `json:"document"`
	Match    Match       `json:"match,omitzero"`
	Verdict  *Verdict    `json:"verdict,omitempty"`
	Stamp    *Stamp      `json:"stamp,omitempty"`    // Our timestamp over it, taken at arrival.
	NoStamp  string      `json:"no_stamp,omitempty"` // Why there is none, where one was asked for; for operators.
	Outcome  Disposition `json:"outcome"`
}

// Rung is a step of the matching ladder, strongest first.
type Rung int

const (
	RungNone      Rung = 0 // Nothing matched.
	RungPrefix    Rung = 1 // Begins with exactly the bytes of a document of ours.
	RungValue     Rung = 2 // Carries our signature value.
	RungCode      Rung = 3 // A page shows our QR code with its verification code, or the file's name holds the contract's id.
	RungReference Rung = 4 // The mail answers our Message-ID.
	RungAddress   Rung = 5 // It was sent to our address with the contract's id behind a plus.
	RungNumber    Rung = 6 // File name or subject, or a QR code that is not ours, holds the contract's number.
)

// Match is how a PDF was connected with a contract.
type Match struct {
	Rung     Rung         `json:"rung"`
	Contract ContractID   `json:"contract,omitempty"`
	Prefix   PrefixKind   `json:"prefix,omitempty"`   // For RungPrefix.
	Evidence string       `json:"evidence,omitempty"` // The digest, value, QR code, Message-ID, address or text that matched.
	Rivals   []ContractID `json:"rivals,omitempty"`   // Contracts that weaker rungs point at instead.
}
