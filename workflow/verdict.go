package workflow

import (
	"slices"
	"time"
)

// Outcome is what a verification concludes (ETSI EN 319 102-1: TOTAL-PASSED, INDETERMINATE, TOTAL-FAILED).
type Outcome string

const (
	Passed        Outcome = "passed"        // Only this lets the daemon act alone.
	Indeterminate Outcome = "indeterminate" // Not proven wrong, not proven right: a person decides.
	Failed        Outcome = "failed"        // Proven wrong.
)

var outcomeRank = map[Outcome]int{Passed: 0, Indeterminate: 1, Failed: 2}

// Worse returns the graver of two outcomes; failed outranks indeterminate.
func (o Outcome) Worse(other Outcome) Outcome {
	if outcomeRank[other] > outcomeRank[o] {
		return other
	}
	return o
}

// Verdict is the answer to "is this PDF what it should be?". It is data: an error from a verifier
// means that the question could not be answered.
type Verdict struct {
	Verdict    Outcome     `json:"verdict"`
	Reasons    []Reason    `json:"reasons"`          // Of the whole file, without those of single signatures.
	Causes     []Cause     `json:"causes,omitempty"` // The same, with what they concern.
	Signatures []Signature `json:"signatures"`
	Lane       Lane        `json:"lane"`
	Document   Ref         `json:"document"`
	Pages      int         `json:"pages,omitempty"`
	CheckedAt  time.Time   `json:"checked_at"`       // When the check ran.
	JudgedAt   time.Time   `json:"judged_at"`        // The moment for which validity was judged where no time is proven.
	Arrived    time.Time   `json:"arrived,omitzero"` // Proven by our own timestamp over the whole file.
	Notes      []string    `json:"notes,omitempty"`  // Remarks for operators that change nothing.
}

// Lane says against what a file was judged.
type Lane string

const (
	GeneralLane  Lane = "general"  // Any signed PDF; what DocMDP allows is reported, not failed.
	ContractLane Lane = "contract" // We know what was sent.
)

// Coverage says how much of the file a signature's byte range takes in.
type Coverage string

const (
	CoversFile     Coverage = "file"     // Everything but its own value.
	CoversRevision Coverage = "revision" // A whole earlier revision.
	CoversPart     Coverage = "part"     // Something else: never acceptable.
)

// ChangeLevel classifies what came after a signature, from harmless to fatal.
type ChangeLevel string

const (
	ChangeNone        ChangeLevel = "none"        // Nothing came later.
	ChangeLTA         ChangeLevel = "lta"         // Validation material and document timestamps.
	ChangeSigning     ChangeLevel = "signing"     // Further signatures with their marks.
	ChangeForm        ChangeLevel = "form"        // Form fields were filled in.
	ChangeAnnotation  ChangeLevel = "annotation"  // Comments were added.
	ChangeUnexplained ChangeLevel = "unexplained" // Something that no rule explains, without visible effect.
	ChangeForbidden   ChangeLevel = "forbidden"   // Content, structure, or a lock was violated.
)

// ChangeLevels lists the levels from harmless to fatal.
var ChangeLevels = []ChangeLevel{ChangeNone, ChangeLTA, ChangeSigning, ChangeForm, ChangeAnnotation, ChangeUnexplained, ChangeForbidden}

// Worse returns the graver of two levels.
func (c ChangeLevel) Worse(other ChangeLevel) ChangeLevel {
	return ChangeLevels[max(slices.Index(ChangeLevels, c), slices.Index(ChangeLevels, other))]
}

// Signature is what was found out about one signature or document timestamp.
type Signature struct {
	Field        string      `json:"field"`
	Verdict      Outcome     `json:"verdict"`
	Intact       bool        `json:"intact"` // Cryptographically, over its byte range.
	Coverage     Coverage    `json:"coverage"`
	LaterChanges ChangeLevel `json:"later_changes"`
	Level        string      `json:"level,omitempty"` // B-B, B-T, B-LT, B-LTA; empty when none is reached.
	Kind         string      `json:"kind"`            // "signature", "certification" or "timestamp".
	SubFilter    string      `json:"subfilter"`
	Algorithm    string      `json:"algorithm,omitempty"` // Such as "RSA-2048 PKCS#1 v1.5 SHA-256".

	Signer      string       `json:"signer"` // Common name of the certificate that made the signature.
	Issuer      string       `json:"issuer"`
	Certificate *Certificate `json:"certificate,omitempty"`
	Role        Role         `json:"role,omitempty"` // As expected of that certificate, never taken from a field's name.
	Side        Side         `json:"side,omitempty"`

	Time        time.Time  `json:"time,omitzero"`         // Proven by a timestamp: the earliest.
	TimeSource  TimeSource `json:"time_source,omitempty"` // By which one.
	ClaimedTime time.Time  `json:"claimed_time,omitzero"` // Asserted by the signer.
	Authority   string     `json:"authority,omitempty"`   // The timestamp authority's name.

	Revocation []Revocation `json:"revocation,omitempty"` // Of each certificate below the anchor, signer first, then the timestamp's.

	Statement []string `json:"statement,omitempty"` // Signed words: /Reason, /Location, /ContactInfo.
	Marks     []Mark   `json:"marks"`
	Value     Hash     `json:"value,omitzero"` // SHA-256 of the CMS signature value; identifies the signature.
	Revision  int      `json:"revision"`       // Index of the revision that it signs, from 0.
	Reasons   []Reason `json:"reasons"`
	Causes    []Cause  `json:"causes,omitempty"`
}

// Side says whose signature it is.
type Side string

const (
	SideOurs   Side = "ours"   // One of those on the file that we sent.
	SideTheirs Side = "theirs" // The counterparty's.
)

// Certificate is what people and rules need to know of a certificate.
type Certificate struct {
	Subject      string    `json:"subject"` // RFC 4514 string.
	Organization string    `json:"organization,omitempty"`
	Codes        []string  `json:"codes,omitempty"` // 统一社会信用代码 and other identifiers found in it.
	Serial       string    `json:"serial"`          // Hexadecimal.
	NotBefore    time.Time `json:"not_before"`
	NotAfter     time.Time `json:"not_after"`
	Fingerprint  Hash      `json:"fingerprint"` // SHA-256 of the DER.
	PublicKey    Hash      `json:"public_key"`  // SHA-256 of the SubjectPublicKeyInfo.
}

// Revocation is what was known about one certificate's revocation at the time judged.
type Revocation struct {
	Certificate string    `json:"certificate"`      // Common name.
	Standing    string    `json:"standing"`         // good, revoked, on-hold or unknown.
	Source      string    `json:"source,omitempty"` // Who says so: "OCSP of TIME" or "CRL of TIME".
	Since       time.Time `json:"since,omitzero"`   // When it was revoked, also after the time judged.
	Detail      string    `json:"detail,omitempty"` // The reason of the revocation, why nothing is known, or how old what came with the file is.
}

// Mark is what one signature shows on one page, measured on the page as seen.
type Mark struct {
	Page   int     `json:"page"` // From 1.
	Kind   string  `json:"kind"` // "widget" or "stamp".
	X      float64 `json:"x_mm"` // From the left.
	Y      float64 `json:"y_mm"` // From the bottom.
	Width  float64 `json:"width_mm"`
	Height float64 `json:"height_mm"`

	Picture Hash `json:"picture,omitzero"` // Of what it draws beside text; the same seal gives the same.
}

// Cause is a reason with what it concerns.
type Cause struct {
	Reason Reason  `json:"reason"`
	Weight Outcome `json:"weight"`           // Failed or indeterminate.
	Page   int     `json:"page,omitempty"`   // From 1.
	Role   Role    `json:"role,omitempty"`   // For role-missing.
	Detail string  `json:"detail,omitempty"` // For operators; never goes into a mail.
}

// Blame adds a cause to the whole file.
func (v *Verdict) Blame(cause Cause) {
	v.Verdict = v.Verdict.Worse(cause.Weight)
	v.Causes = append(v.Causes, cause)
	if !slices.Contains(v.Reasons, cause.Reason) {
		v.Reasons = append(v.Reasons, cause.Reason)
	}
}

// Blame adds a cause to the signature.
func (s *Signature) Blame(cause Cause) {
	s.Verdict = s.Verdict.Worse(cause.Weight)
	s.Causes = append(s.Causes, cause)
	if !slices.Contains(s.Reasons, cause.Reason) {
		s.Reasons = append(s.Reasons, cause.Reason)
	}
}

// AllCauses returns the causes of the file, then those of each signature, gravest first, each reason
// at each place once.
func (v Verdict) AllCauses() []Cause {
	all := slices.Clone(v.Causes)
	for _, signature := range v.Signatures {
		all = append(all, signature.Causes...)
	}
	slices.SortStableFunc(all, func(a, b Cause) int { return outcomeRank[b.Weight] - outcomeRank[a.Weight] })
	var once []Cause
	for _, cause := range all {
		if !slices.ContainsFunc(once, func(c Cause) bool {
			return c.Reason == cause.Reason && c.Page == cause.Page && c.Role == cause.Role
		}) {
			once = append(once, cause)
		}
	}
	return once
}
