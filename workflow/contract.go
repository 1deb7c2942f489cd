package workflow

import (
	"cmp"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Role says for whom a certificate signs.
type Role string

const (
	RoleOrganization Role = "organization" // 机构证书: the company.
	RoleEmployee     Role = "employee"     // 员工证书: a person acting for the company.
)

// Contract is one version of one agreement with a supplier.
type Contract struct {
	Schema   int        `json:"schema"`
	Revision uint64     `json:"revision"` // Counts writes; the ledger refuses a write based on an older one.
	ID       ContractID `json:"id"`
	Number   string     `json:"number"`  // The company's own number; used once, also after a withdrawal, but for later versions.
	Version  int        `json:"version"` // 1 for the first.
	Title    string     `json:"title"`
	Supplier SupplierID `json:"supplier"`
	Owner    string     `json:"owner"`             // Name of the actor who created it, or to whom it was reassigned.
	Creator  string     `json:"creator,omitempty"` // Who created it, where the owner is somebody else by now.
	Amount   Amount     `json:"amount,omitzero"`
	State    State      `json:"state"`

	Created  time.Time `json:"created"`
	Deadline time.Time `json:"deadline"`             // The return is expected by then.
	Extended time.Time `json:"extended_at,omitzero"` // When the deadline was last put off: letters written before name an older one.
	SealedAt time.Time `json:"sealed_at,omitzero"`
	SentAt   time.Time `json:"sent_at,omitzero"`
	Returned time.Time `json:"returned_at,omitzero"` // When the archived return entered the designated mailbox.
	ClosedAt time.Time `json:"closed_at,omitzero"`   // Archived or withdrawn.

	Hold    bool `json:"hold,omitempty"`    // Stop before mailing until a person releases it.
	Confirm bool `json:"confirm,omitempty"` // A passed return still waits for a person.

	Draft      Ref        `json:"draft"`
	Pending    []string   `json:"pending,omitempty"`    // Keys that have still to seal, in order.
	Waiting    string     `json:"waiting,omitempty"`    // Why sealing stands still, naming the key; empty when it does not.
	Resumable  bool       `json:"resumable,omitempty"`  // What it waits for may come back by itself.
	Batches    []Batch    `json:"batches,omitempty"`    // In the order in which they were sealed.
	LongTerm   []LongTerm `json:"long_term,omitempty"`  // Of each sealed file that was ready to leave; the last may be the current one's.
	Superseded []Ref      `json:"superseded,omitempty"` // Sealed files whose last batch was undone.
	Final      Ref        `json:"final,omitzero"`       // The archived return, byte for byte.
	Letter     LetterID   `json:"letter,omitempty"`     // The current contract letter.
	Receipt    ReceiptID  `json:"receipt,omitempty"`    // The return under review, or the one that was archived.
	Reason     string     `json:"reason,omitempty"`     // Why it was withdrawn.

	Previous   ContractID `json:"previous,omitempty"`    // The version that this one replaces.
	Next       ContractID `json:"next,omitempty"`        // The version that replaces this one.
	TwoPersons bool       `json:"two_persons,omitempty"` // Its return is archived when two persons approve it.
	Approvals  []Approval `json:"approvals,omitempty"`   // Of the return under review; a newer return begins anew.
	Waivers    []Waiver   `json:"waivers,omitempty"`     // Roles without which a person accepted the return.
}

// Approval is one person's yes to a return, where two are needed.
type Approval struct {
	Actor    string    `json:"actor"`
	At       time.Time `json:"at"`
	Document Hash      `json:"document"` // The return that was looked at.
	Reason   string    `json:"reason,omitempty"`
	Pin      bool      `json:"pin,omitempty"`   // Its certificates are to be expected from then on; done with the second yes.
	Waive    Role      `json:"waive,omitempty"` // No signature in that role is needed.
}

// LongTerm is what judging our signatures later needs, kept beside what is mailed: it ends with our last signature.
type LongTerm struct {
	Over Hash      `json:"over"` // The sealed file.
	Tail Ref       `json:"tail"` // Revisions that, put behind it, make a file of level B-LT or B-LTA.
	At   time.Time `json:"at"`
}

// Preserved returns the long-term material of the sealed file as it is now; the zero Ref without any.
func (c *Contract) Preserved() Ref {
	for i := len(c.LongTerm) - 1; i >= 0; i-- {
		if c.LongTerm[i].Over == c.Sealed().Hash {
			return c.LongTerm[i].Tail
		}
	}
	return Ref{}
}

// Batch is everything that one sealing act with one key placed; it is undone as a whole.
type Batch struct {
	ID          string           `json:"id"`
	Key         string           `json:"key"`
	Role        Role             `json:"role"`
	Before      Ref              `json:"before"`
	After       Ref              `json:"after"`
	Signer      string           `json:"signer"`           // Common name of the certificate.
	Issuer      string           `json:"issuer"`           // Common name of its authority.
	Certificate Hash             `json:"certificate"`      // SHA-256 of the certificate's DER.
	PublicKey   Hash             `json:"public_key"`       // SHA-256 of its SubjectPublicKeyInfo.
	Fields      []SignatureField `json:"fields,omitempty"` // Empty ones for the supplier, which came with it.

	Values      []Hash    `json:"values"`                // SHA-256 of each signature value it added.
	Appearances []Stood   `json:"appearances,omitempty"` // The named seals that stood in it.
	Unstamped   string    `json:"unstamped,omitempty"`   // Why it carries no timestamp although one is wanted.
	Awaits      bool      `json:"awaits,omitempty"`      // Its timestamp is filled in before anything else is done with the contract.
	At          time.Time `json:"at"`
	Actor       string    `json:"actor"` // Whose act released the signature (Electronic Signature Law, art. 13).
}

// SignatureField is an empty signature field that the document has for the supplier.
type SignatureField struct {
	Name string `json:"name"`
	Role Role   `json:"role"` // Whose signature belongs there.
	Page int    `json:"page"` // From 1.
}

// Fields returns where the supplier is to sign; none means anywhere.
func (c *Contract) Fields() []SignatureField {
	var all []SignatureField
	for _, batch := range c.Batches {
		all = append(all, batch.Fields...)
	}
	return all
}

// FileName is how the document is called where it is attached: the number first, and which version it is where there
// was one before, so that nobody signs the wrong one of two files.
func (c *Contract) FileName() string {
	name := c.Number
	if c.Version > 1 {
		name += fmt.Sprint(" v", c.Version)
	}
	return strings.TrimSpace(name+" "+c.Title) + ".pdf"
}

// Seals tells the supplier how to recognise each batch.
func (c *Contract) Seals() []Seal {
	var seals []Seal
	for _, batch := range c.Batches {
		seals = append(seals, Seal{Role: batch.Role, Signer: batch.Signer, Issuer: batch.Issuer, Fingerprint: batch.Certificate})
	}
	return seals
}

// Sealed returns the document after our last seal, or the draft while there is none.
func (c *Contract) Sealed() Ref {
	if len(c.Batches) == 0 {
		return c.Draft
	}
	return c.Batches[len(c.Batches)-1].After
}

// Overdue reports whether the deadline passed while the return is still awaited. It is derived, never stored.
func (c *Contract) Overdue(now time.Time) bool {
	return c.State == StateSent && !c.Deadline.IsZero() && now.After(c.Deadline)
}

// PrefixKind says what a known beginning of a returned file proves.
type PrefixKind string

const (
	PrefixSealed       PrefixKind = "sealed"       // Exactly what we mailed.
	PrefixDraft        PrefixKind = "draft"        // The draft without our seals.
	PrefixIntermediate PrefixKind = "intermediate" // Between our seals.
	PrefixSuperseded   PrefixKind = "superseded"   // A sealed file whose seal was undone, or of a withdrawn contract.
)

// Prefix is a document of ours that a returned file may begin with.
type Prefix struct {
	Ref
	Kind     PrefixKind `json:"kind"`
	Contract ContractID `json:"contract"`
}

// Prefixes derives every document of ours that a return of this contract may begin with.
func (c *Contract) Prefixes() []Prefix {
	var known []Prefix
	add := func(ref Ref, kind PrefixKind) {
		if !ref.IsZero() {
			known = append(known, Prefix{ref, kind, c.ID})
		}
	}
	add(c.Draft, PrefixDraft)
	for i, batch := range c.Batches {
		switch {
		case i < len(c.Batches)-1 || len(c.Pending) > 0:
			add(batch.After, PrefixIntermediate)
		case c.State == StateWithdrawn:
			add(batch.After, PrefixSuperseded)
		default:
			add(batch.After, PrefixSealed)
		}
	}
	for _, ref := range c.Superseded {
		add(ref, PrefixSuperseded)
	}
	return known
}

// Amount is money, in hundredths of the currency's unit.
type Amount struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"` // ISO 4217, such as CNY.
}

// IsZero reports whether no amount was given.
func (a Amount) IsZero() bool { return a == Amount{} }

// String returns the amount with two decimals and its currency, such as "1200.50 CNY".
func (a Amount) String() string {
	if a.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d.%02d %s", a.Minor/100, a.Minor%100, a.Currency)
}

var amountForm = regexp.MustCompile(`^([0-9]{1,13})(?:\.([0-9]{1,2}))?(?: ?([A-Z]{3}))?$`)

// ParseAmount reads "1200.5", "1,200.50 CNY" or "¥1200"; the currency is CNY where none is named.
func ParseAmount(text string) (Amount, error) {
	plain := strings.NewReplacer(",", "", "，", "", "¥", "", "￥", "").Replace(strings.TrimSpace(text))
	parts := amountForm.FindStringSubmatch(plain)
	if parts == nil {
		return Amount{}, fmt.Errorf("read amount %q: want digits with at most two decimals, such as 1200.50 CNY: %w", text, ErrUsage)
	}
	minor, ok := new(big.Int).SetString(parts[1]+(parts[2] + "00")[:2], 10)
	if !ok || !minor.IsInt64() {
		return Amount{}, fmt.Errorf("read amount %q: too large: %w", text, ErrUsage)
	}
	return Amount{minor.Int64(), cmp.Or(parts[3], "CNY")}, nil
}

// numberForm does not count, since repeating so large a class would cost 2 ms and 2.5 MB, and is made when it is first needed: most
// starts of the program do without.
var numberForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._/()（）〔〕\[\]-]*$`)
})

const maxNumber = 64 // Characters.

// CheckNumber says whether a text can be a contract's number.
func CheckNumber(number string) error {
	if utf8.RuneCountInString(number) <= maxNumber && numberForm().MatchString(number) && !strings.Contains(number, "..") {
		return nil
	}
	return fmt.Errorf("contract number %q: want 1 to 64 letters, digits or . _ / - ( ) 〔 〕: %w", number, ErrUsage)
}
