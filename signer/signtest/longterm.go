package signtest

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"

	"github.com/digitorus/pkcs7"

	"contractd/signer/pdf"
)

// Material is what a document security store holds (ISO 32000-2, 12.8.4.3).
type Material struct {
	Certificates []*x509.Certificate
	CRLs, OCSPs  [][]byte
}

// Store writes it into a DSS.
func (m Material) Store(u *pdf.Update, _ *pdf.File) error {
	dss := pdf.Dict{}
	add := func(key pdf.Name, all [][]byte) {
		var list pdf.Array
		for _, one := range all {
			list = append(list, u.Add(pdf.FlateStream(nil, one)))
		}
		if list != nil {
			dss[key] = list
		}
	}
	var certificates [][]byte
	for _, cert := range m.Certificates {
		certificates = append(certificates, cert.Raw)
	}
	add("Certs", certificates)
	add("CRLs", m.CRLs)
	add("OCSPs", m.OCSPs)
	return u.SetCatalog(pdf.Dict{"DSS": u.Add(dss)})
}

// Keep appends a revision that holds the material and nothing else.
func (m Material) Keep(in []byte) ([]byte, error) { return appendUpdate(in, m.Store) }

// Lists returns what CAs publish: for each its issuing list and that of its root, with these revocations.
func Lists(o ListOptions, revoked map[*Identity]Revocation, all ...*CA) (Material, error) {
	var m Material
	for _, ca := range all {
		register := ca.Register()
		for who, revocation := range revoked {
			register.Revoke(who.Certificate, revocation)
		}
		issuing, err := register.CRL(o)
		if err != nil {
			return m, err
		}
		root := o
		root.Root = true
		authorities, err := ca.Register().CRL(root)
		if err != nil {
			return m, err
		}
		m.Certificates = append(m.Certificates, ca.Intermediate)
		m.CRLs = append(m.CRLs, issuing, authorities)
	}
	return m, nil
}

// archival is adbe-revocationInfoArchival (ISO 32000-2, 12.8.3.3.2).
type archival struct {
	CRLs  []asn1.RawValue `asn1:"explicit,optional,tag:0"`
	OCSPs []asn1.RawValue `asn1:"explicit,optional,tag:1"`
}

// Carrying makes a CMS that carries revocation data in a signed attribute, as Acrobat writes it, with a timestamp. It is built by another
// implementation than the program's.
func Carrying(id *Identity, m Material, stamp *TSA) func(covered []byte) ([]byte, error) {
	return func(covered []byte) ([]byte, error) {
		var value archival
		for _, der := range m.CRLs {
			value.CRLs = append(value.CRLs, asn1.RawValue{FullBytes: der})
		}
		for _, der := range m.OCSPs {
			value.OCSPs = append(value.OCSPs, asn1.RawValue{FullBytes: der})
		}
		signed, err := pkcs7.NewSignedData(covered)
		if err != nil {
			return nil, err
		}
		signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
		err = signed.AddSignerChain(id.Certificate, id.Signer, id.Chain, pkcs7.SignerInfoConfig{
			ExtraSignedAttributes: []pkcs7.Attribute{{Type: asn1.ObjectIdentifier{1, 2, 840, 113583, 1, 1, 8}, Value: value}},
		})
		if err != nil {
			return nil, err
		}
		info := &signed.GetSignedData().SignerInfos[0]
		imprint := sha256.Sum256(info.EncryptedDigest)
		token, err := stamp.Token(imprint[:], crypto.SHA256)
		if err != nil {
			return nil, err
		}
		err = info.SetUnauthenticatedAttributes([]pkcs7.Attribute{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}, Value: asn1.RawValue{FullBytes: token}}})
		if err != nil {
			return nil, err
		}
		signed.Detach()
		return signed.Finish()
	}
}
