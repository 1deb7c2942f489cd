package signtest

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"time"
)

// Shape is how a leaf certificate deviates from an ordinary one.
type Shape string

// The shapes of leaf certificates.
const (
	Ordinary    Shape = ""              // digitalSignature and nonRepudiation, no EKU, valid around the CA's Now.
	ChineseEKU  Shape = "chinese-eku"   // Critical EKU clientAuth + emailProtection, as seen in the field: acceptable.
	Expired     Shape = "expired"       // Ended a month before Now.
	NotYetValid Shape = "not-yet-valid" // Begins a month after Now.
	CALeaf      Shape = "ca-leaf"       // Is itself a CA certificate.
	ServerAuth  Shape = "server-auth"   // EKU serverAuth only.
	TLSServer   Shape = "tls-server"    // EKU serverAuth and clientAuth, as web servers have.
	NoSigning   Shape = "no-signing"    // Key usage keyEncipherment only.
	TimeStamper Shape = "timestamper"   // Critical EKU timeStamping: for a TSA.
	LaxStamper  Shape = "lax-stamper"   // EKU timeStamping that is not critical: RFC 3161 refuses it.
)

// A company and its people, for tests and the demo. The credit code's check character is right (GB 32100-2015).
const (
	CompanyName  = "广州某某科技有限公司"
	CompanyCode  = "91440101MA59ABCD1D"
	EmployeeName = "张小山"
	SupplierName = "深圳样例供应链有限公司"
	SupplierCode = "91440300MA5FGHJK2X"
)

// Person is whom to issue a certificate to.
type Person struct {
	Organization string
	CreditCode   string // 统一社会信用代码, put into organizationIdentifier and 1.2.156.10260.4.1.4.
	Unit         string
	Name         string // Common name; the organisation's when empty.
	Key          KeyKind
	Shape        Shape
	Carried      map[string]string // Texts in further extensions, by their dotted OIDs.
}

// Organization issues an organisation's certificate under a Chinese company name.
func (c *CA) Organization(key KeyKind) (*Identity, error) {
	return c.Issue(Person{Organization: CompanyName, CreditCode: CompanyCode, Key: key})
}

// Employee issues an employee's certificate of the same company.
func (c *CA) Employee(key KeyKind) (*Identity, error) {
	return c.Issue(Person{Organization: CompanyName, Unit: "法务部", Name: EmployeeName, Key: key})
}

var (
	oidOrganizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}
	oidOrganizationCode       = asn1.ObjectIdentifier{1, 2, 156, 10260, 4, 1, 4}
	oidExtendedKeyUsage       = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidClientAuth             = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}
	oidEmailProtection        = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}
	oidTimeStamping           = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
)

// template describes the certificate of p as it is asked for at now.
func (p Person) template(now time.Time) (*x509.Certificate, error) {
	if p.Name == "" {
		p.Name = p.Organization
	}
	t := &x509.Certificate{
		Subject:   pkix.Name{Country: []string{"CN"}, CommonName: p.Name},
		NotBefore: now.Add(-year),
		NotAfter:  now.Add(3 * year),
		KeyUsage:  x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}
	if p.Organization != "" {
		t.Subject.Organization = []string{p.Organization}
	}
	if p.Unit != "" {
		t.Subject.OrganizationalUnit = []string{p.Unit}
	}
	if p.CreditCode != "" {
		t.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: oidOrganizationIdentifier, Value: "NTRCN-" + p.CreditCode}}
		code, err := asn1.MarshalWithParams(p.CreditCode, "utf8")
		if err != nil {
			return nil, err
		}
		t.ExtraExtensions = append(t.ExtraExtensions, pkix.Extension{Id: oidOrganizationCode, Value: code})
	}
	for dotted, value := range p.Carried {
		oid, err := x509.ParseOID(dotted)
		if err != nil {
			return nil, err
		}
		plain, err := asn1.MarshalWithParams(value, "utf8")
		if err != nil {
			return nil, err
		}
		name, err := oid.MarshalBinary()
		if err != nil {
			return nil, err
		}
		var id asn1.ObjectIdentifier
		if _, err := asn1.Unmarshal(append([]byte{asn1.TagOID, byte(len(name))}, name...), &id); err != nil {
			return nil, err
		}
		t.ExtraExtensions = append(t.ExtraExtensions, pkix.Extension{Id: id, Value: plain})
	}
	return t, p.Shape.apply(t, now)
}

// apply bends an ordinary template into the shape.
func (s Shape) apply(t *x509.Certificate, now time.Time) error {
	switch s {
	case Ordinary:
	case ChineseEKU:
		return keyUsage(t, true, oidClientAuth, oidEmailProtection)
	case Expired:
		t.NotBefore, t.NotAfter = now.Add(-year), now.Add(-30*day)
	case NotYetValid:
		t.NotBefore = now.Add(30 * day)
	case CALeaf:
		t.IsCA, t.BasicConstraintsValid = true, true
		t.KeyUsage |= x509.KeyUsageCertSign
	case ServerAuth:
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	case TLSServer:
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	case NoSigning:
		t.KeyUsage = x509.KeyUsageKeyEncipherment
	case TimeStamper:
		return keyUsage(t, true, oidTimeStamping)
	case LaxStamper:
		return keyUsage(t, false, oidTimeStamping)
	default:
		return fmt.Errorf("unknown shape %q", s)
	}
	return nil
}

// keyUsage sets the extended key usage by hand, because crypto/x509 never marks it critical.
func keyUsage(t *x509.Certificate, critical bool, usages ...asn1.ObjectIdentifier) error {
	value, err := asn1.Marshal(usages)
	if err != nil {
		return err
	}
	t.ExtraExtensions = append(t.ExtraExtensions, pkix.Extension{Id: oidExtendedKeyUsage, Critical: critical, Value: value})
	return nil
}
