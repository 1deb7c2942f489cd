package signtest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"contractd/signer/cms"
	"contractd/signer/pdf"
)

// Lab makes signed PDFs, honest and attacked, for verifiers. What it signs is built from package pdf and package cms
// directly; what it attacks is written by a raw writer of its own.
type Lab struct {
	CA, Strange                *CA // Trusted by those who verify, and not.
	Ours, OurEmployee          *Identity
	Supplier, SupplierEmployee *Identity
	Other                      *Identity // Another company's, of the same CA.
	Mallory                    *Identity // Of the strange CA, under the supplier's name.
	TSA, StrangeTSA            *TSA
	Now                        time.Time
}

// NewLab makes the people of the play. Keys are P-256.
func NewLab(now time.Time) (*Lab, error) {
	l := &Lab{Now: now}
	var err error
	if l.CA, err = NewCA(CAOptions{Name: "样例", Now: now}); err != nil {
		return nil, err
	}
	if l.Strange, err = NewCA(CAOptions{Name: "陌生", Now: now}); err != nil {
		return nil, err
	}
	supplier := Person{Organization: SupplierName, CreditCode: SupplierCode}
	for _, one := range []struct {
		into **Identity
		ca   *CA
		as   Person
	}{
		{&l.Ours, l.CA, Person{Organization: CompanyName, CreditCode: CompanyCode}},
		{&l.OurEmployee, l.CA, Person{Organization: CompanyName, Unit: "法务部", Name: EmployeeName}},
		{&l.Supplier, l.CA, supplier},
		{&l.SupplierEmployee, l.CA, Person{Organization: SupplierName, CreditCode: SupplierCode, Name: "李层山"}},
		{&l.Other, l.CA, Person{Organization: "珠海别家贸易有限公司", CreditCode: "91440400MA4WXYZT3P"}},
		{&l.Mallory, l.Strange, supplier},
	} {
		if *one.into, err = one.ca.Issue(one.as); err != nil {
			return nil, err
		}
	}
	clock := func() time.Time { return now }
	if l.TSA, err = NewTSA(l.CA, P256, clock); err != nil {
		return nil, err
	}
	l.StrangeTSA, err = NewTSA(l.Strange, P256, clock)
	return l, err
}

// Box is a place for a mark: page from 1, lower left corner and size in points.
type Box struct {
	Page                int
	X, Y, Width, Height float64
}

// Ink says how a signature is made. The zero value is invisible, in a new field.
type Ink struct {
	By      *Identity
	Field   string // Default "Signature" and the number of fields.
	Boxes   []Box  // One widget for each; several make a field with kids.
	Twins   bool   // One field for each box, all sharing one value, instead of kids.
	Into    string // Fills that prepared field instead of making one.
	CAdES   bool
	Stamp   *TSA // For a signature timestamp.
	Reason  string
	Permits int                                          // Certifies with DocMDP /P.
	Lock    pdf.Dict                                     // FieldMDP parameters.
	Widget  pdf.Dict                                     // Further keys of each widget.
	Value   pdf.Dict                                     // Further keys of the signature dictionary.
	Also    func(u *pdf.Update, f *pdf.File) error       // Changes something else in the same revision.
	CMS     func(der []byte, digest []byte) []byte       // Tampers with the value.
	Token   func(imprint []byte) (der []byte, err error) // Overrides Stamp.
	Made    func(covered []byte) (der []byte, err error) // Makes the value in place of package cms.
}

// Sign appends a signature.
func (l *Lab) Sign(in []byte, ink Ink) ([]byte, error) {
	f, err := open(in)
	if err != nil {
		return nil, err
	}
	u := pdf.NewUpdate(f)
	if ink.Also != nil {
		if err := ink.Also(u, f); err != nil {
			return nil, err
		}
	}
	if err := l.place(u, f, ink, u.Add(l.value(ink))); err != nil {
		return nil, err
	}
	tail, err := u.Build()
	if err != nil {
		return nil, err
	}
	before, after := tail.CoveredTail()
	covered := slices.Concat(in, before, after)
	der, err := l.cms(ink, covered)
	if err != nil {
		return nil, err
	}
	if err := tail.SetContents(der); err != nil {
		return nil, err
	}
	return append(bytes.Clone(in), tail.Bytes...), nil
}

func open(in []byte) (*pdf.File, error) {
	return pdf.Open(context.Background(), bytes.NewReader(in), int64(len(in)), pdf.Limits{})
}

func (l *Lab) value(ink Ink) pdf.Dict {
	value := pdf.Dict{
		"Type": pdf.Name("Sig"), "Filter": pdf.Name("Adobe.PPKLite"), "SubFilter": pdf.Name("adbe.pkcs7.detached"),
		"ByteRange": pdf.ByteRangeSlot{}, "Contents": pdf.Reserved{Bytes: 4 << 10},
	}
	if ink.Stamp != nil || ink.Token != nil || ink.By != nil && len(ink.By.Certificate.Raw) > 1200 {
		value["Contents"] = pdf.Reserved{Bytes: 9 << 10}
	}
	if ink.CAdES {
		value["SubFilter"] = pdf.Name("ETSI.CAdES.detached")
	}
	if ink.By == nil {
		value["Type"], value["SubFilter"] = pdf.Name("DocTimeStamp"), pdf.Name("ETSI.RFC3161")
	}
	if ink.Reason != "" {
		value["Reason"] = pdf.TextString(ink.Reason)
	}
	var references pdf.Array
	if ink.Permits > 0 {
		references = append(references, reference("DocMDP", pdf.Dict{"P": pdf.Integer(ink.Permits), "V": pdf.Name("1.2")}))
	}
	if ink.Lock != nil {
		references = append(references, reference("FieldMDP", ink.Lock))
	}
	if references != nil {
		value["Reference"] = references
	}
	for key, v := range ink.Value {
		value[key] = v
	}
	return value
}

func reference(method pdf.Name, params pdf.Dict) pdf.Dict {
	params = params.Clone()
	params["Type"] = pdf.Name("TransformParams")
	return pdf.Dict{"Type": pdf.Name("SigRef"), "TransformMethod": method, "TransformParams": params}
}

// cms makes the value: a signature, or a timestamp where nobody signs.
func (l *Lab) cms(ink Ink, covered []byte) ([]byte, error) {
	digest := sha256.Sum256(covered)
	switch {
	case ink.Made != nil:
		return ink.Made(covered)
	case ink.By == nil:
		return ink.Stamp.Token(digest[:], crypto.SHA256)
	}
	request := cms.Request{
		Key: ink.By.Signer, Certificate: ink.By.Certificate, Chain: ink.By.Chain, Digest: digest[:], Hash: crypto.SHA256,
		Profile: cms.PKCS7, SigningTime: l.Now,
	}
	if cms.IsSM2(ink.By.Certificate) {
		sum := sm3.Sum(covered)
		request.Digest, request.Hash = sum[:], cms.SM3
	}
	if ink.CAdES {
		request.Profile, request.SigningTime = cms.CAdES, time.Time{}
	}
	if ink.Stamp != nil || ink.Token != nil {
		request.Timestamp = func(_ context.Context, imprint []byte, h crypto.Hash) ([]byte, error) {
			if ink.Token != nil {
				return ink.Token(imprint)
			}
			return ink.Stamp.Token(imprint, h)
		}
	}
	der, err := cms.Sign(context.Background(), request)
	if err == nil && ink.CMS != nil {
		der = ink.CMS(der, digest[:])
	}
	return der, err
}
