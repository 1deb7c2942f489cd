package worker

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"contractd/signer"
	"contractd/signer/cms"
	"contractd/signer/pdf"
	"contractd/signer/place"
	"contractd/signer/sandbox"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// act is what a worker does.
type act string

const (
	actVerify act = "verify" // Judge a file.
	actValues act = "values" // Search it for signature values.
	actLook   act = "look"   // Compare how two files show.
	actShow   act = "show"   // Render pages.
	actCodes  act = "codes"  // Read the QR codes on pages.
	actPlace  act = "place"  // Find where marks shall stand.
)

// task is one question; its documents come as descriptors in the same order.
type task struct {
	Act       act
	Documents []workflow.Ref    // The file, then what was sent, where that is needed.
	Options   *options          `json:",omitempty"` // For actVerify.
	Limits    pdf.Limits        // For actValues.
	Verdict   *workflow.Verdict `json:",omitempty"` // For actLook: what is known so far.
	Draw      bool              `json:",omitempty"` // For actLook: pictures of what changed are wanted.
	Pages     []int             `json:",omitempty"` // For actShow, from 1.
	DPI       int               `json:",omitempty"` // For actShow, and for actCodes, where 0 means several.
	Queries   []place.Query     `json:",omitempty"` // For actPlace.
}

// answer is what a worker says of a task, or at its start.
type answer struct {
	Walls   sandbox.Walls
	Error   string            `json:",omitempty"` // The question could not be answered.
	Verdict *workflow.Verdict `json:",omitempty"`
	Values  []workflow.Hash   `json:",omitempty"`
	Wants   []trust.Want      `json:",omitempty"` // What the parent may fetch for it.
	Changed []Picture         `json:",omitempty"` // Pages that look different.
	Left    int               `json:",omitempty"` // So many more do.
	Shown   [][]byte          `json:",omitempty"` // A PNG for each page that is there.
	Codes   []string          `json:",omitempty"` // Texts of QR codes of ours.
	Places  [][]signer.Place  `json:",omitempty"` // For each query.
	Refusal *place.Refusal    `json:",omitempty"` // Why there is no place.
}

// material is trust.Evidence as it travels.
type material struct {
	CRLs, OCSPs, Issuers [][]byte // Issuers are certificates, DER.
	Carried              trust.Carried
}

func materialOf(e trust.Evidence) material {
	return material{CRLs: e.CRLs, OCSPs: e.OCSPs, Issuers: rawOf(e.Certificates), Carried: e.Carried}
}

// evidence is the other way.
func (m material) evidence() (trust.Evidence, error) {
	issuers, err := parseAll(m.Issuers)
	return trust.Evidence{CRLs: m.CRLs, OCSPs: m.OCSPs, Certificates: issuers, Carried: m.Carried}, err
}

// options are verify.Options as they travel: certificates as DER.
type options struct {
	Roots, TSARoots, Intermediates [][]byte
	material

	NoRoots, NoTSARoots bool // There is no such set; an empty one is another thing.

	Revocation trust.RevocationMode
	Hosts      []string
	Wants      bool // Somebody fetches.
	Arrival    []byte

	Now, At    time.Time
	Sent       bool // The contract lane: the second document is what was sent.
	Known      []workflow.Prefix
	Values     []workflow.Hash
	Ours       []workflow.Signer
	Theirs     []workflow.Signer
	Required   []workflow.Role
	Extensions []string // That carry identity numbers.
	Statements []string
	PinMarks   bool
	Marks      []workflow.Hash
	MaxMark    float64
	LTAUnderP1 bool
	Limits     pdf.Limits
}

// pack makes options ready to travel.
func pack(o verify.Options) *options {
	packed := &options{
		NoRoots: o.Roots == nil, NoTSARoots: o.TSARoots == nil, Intermediates: rawOf(o.Intermediates), material: materialOf(o.Evidence),
		Revocation: o.Revocation, Hosts: o.Hosts, Wants: o.Want != nil,
		Arrival: o.Arrival, Now: o.Now, At: o.At, Ours: o.Ours, Theirs: o.Theirs, Required: o.Required, Statements: o.Statements, Extensions: o.IdentityExtensions,
		PinMarks: o.PinnedMarks, Marks: o.Marks, MaxMark: o.MaxMark, LTAUnderP1: o.LTAUnderP1, Limits: o.Limits,
	}
	if o.Roots != nil {
		packed.Roots = rawOf(o.Roots.Certificates())
	}
	if o.TSARoots != nil {
		packed.TSARoots = rawOf(o.TSARoots.Certificates())
	}
	if o.Sent != nil {
		packed.Sent, packed.Known, packed.Values = true, o.Sent.Known, o.Sent.Values
	}
	return packed
}

func rawOf(certificates []*x509.Certificate) [][]byte {
	var all [][]byte
	for _, certificate := range certificates {
		all = append(all, certificate.Raw)
	}
	return all
}

// unpack is the other way; documents are those of the task.
func (p *options) unpack(documents []workflow.Document) (verify.Options, error) {
	var failures []error
	read := func(all [][]byte) []*x509.Certificate {
		certificates, err := parseAll(all)
		failures = append(failures, err)
		return certificates
	}
	evidence, err := p.evidence()
	failures = append(failures, err)
	o := verify.Options{
		Intermediates: read(p.Intermediates), Evidence: evidence,
		Revocation: p.Revocation, Hosts: p.Hosts, Arrival: p.Arrival, Now: p.Now, At: p.At, Ours: p.Ours, Theirs: p.Theirs, Required: p.Required,
		IdentityExtensions: p.Extensions, Statements: p.Statements, PinnedMarks: p.PinMarks, Marks: p.Marks, MaxMark: p.MaxMark, LTAUnderP1: p.LTAUnderP1, Limits: p.Limits,
	}
	if !p.NoRoots {
		o.Roots = trust.NewAnchors(read(p.Roots)...)
	}
	if !p.NoTSARoots {
		o.TSARoots = trust.NewAnchors(read(p.TSARoots)...)
	}
	if p.Sent {
		if len(documents) < 2 {
			return o, errors.New("what was sent did not come")
		}
		o.Sent = &verify.Sent{Document: documents[1], Known: p.Known, Values: p.Values}
	}
	return o, errors.Join(failures...)
}

// parseAll reads certificates; the error names those that are none.
func parseAll(all [][]byte) (certificates []*x509.Certificate, err error) {
	for _, der := range all {
		certificate, failure := cms.ParseCertificate(der)
		if failure != nil {
			err = errors.Join(err, fmt.Errorf("read a certificate: %w", failure))
			continue
		}
		certificates = append(certificates, certificate)
	}
	return certificates, err
}
