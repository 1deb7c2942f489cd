package trust_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"

	"contractd/signer/signtest"
	"contractd/signer/trust"
)

func TestIdentity(t *testing.T) {
	ca := newCA(t, signtest.CAOptions{})
	organization, err := ca.Organization(signtest.P256)
	must(t, err)
	s := trust.Identity(organization.Certificate)
	if s.CommonName != signtest.CompanyName || s.Organization != signtest.CompanyName || s.CreditCode != signtest.CompanyCode || s.Country != "CN" {
		t.Errorf("organisation: %+v", s)
	}
	employee, err := ca.Employee(signtest.P256)
	must(t, err)
	s = trust.Identity(employee.Certificate)
	if s.CommonName != signtest.EmployeeName || s.Unit != "法务部" || s.CreditCode != "" {
		t.Errorf("employee: %+v", s)
	}
	if f := trust.Fingerprint(employee.Certificate); len(f) != 64 {
		t.Errorf("fingerprint %q", f)
	}
}

func TestValidCreditCode(t *testing.T) {
	for code, want := range map[string]bool{
		signtest.CompanyCode: true, signtest.SupplierCode: true,
		"91440101MA59ABCD1E": false, "9144010IMA59ABCD1D": false, "": false, "91440101MA59ABCD1": false, "九": false,
	} {
		if got := trust.ValidCreditCode(code); got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
}

// TestCreditCodeWhereCAsPutIt reads the code from the places seen in the field.
func TestCreditCodeWhereCAsPutIt(t *testing.T) {
	const code = signtest.CompanyCode
	utf8String, err := asn1.MarshalWithParams(code, "utf8")
	must(t, err)
	nestedString, err := asn1.Marshal(utf8String)
	must(t, err)
	extension := func(oid asn1.ObjectIdentifier, value []byte) *x509.Certificate {
		return &x509.Certificate{Extensions: []pkix.Extension{{Id: oid, Value: value}}}
	}
	organisation := asn1.ObjectIdentifier{1, 2, 156, 10260, 4, 1, 4}
	subject := func(n pkix.Name) *x509.Certificate { return &x509.Certificate{Subject: n} }
	for name, cert := range map[string]*x509.Certificate{
		"organizationIdentifier": subject(pkix.Name{Names: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: "VATCN-" + code}}}),
		"extension":              extension(organisation, utf8String),
		"extension, wrapped":     extension(organisation, nestedString),
		"extension, bare text":   extension(organisation, []byte(code)),
		"older extension":        extension(asn1.ObjectIdentifier{1, 2, 86, 11, 7, 3}, utf8String),
		"serialNumber":           subject(pkix.Name{SerialNumber: code}),
		"unit":                   subject(pkix.Name{OrganizationalUnit: []string{"法务部", "统一社会信用代码" + code}}),
		"name":                   subject(pkix.Name{CommonName: "041@0" + code + "@广州某某科技有限公司@1"}),
	} {
		if got := trust.Identity(cert).CreditCode; got != code {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := trust.Identity(subject(pkix.Name{OrganizationalUnit: []string{"91440101MA59ABCD1E"}})).CreditCode; got != "" {
		t.Errorf("wrong check character: %q", got)
	}
	private := trust.Identity(extension(asn1.ObjectIdentifier{1, 2, 3, 4}, utf8String), "1.2.3.4")
	if len(private.Identifiers) != 1 || private.Identifiers[0].Value != code {
		t.Errorf("configured extension: %+v", private)
	}
}

func TestIdentityIsCleaned(t *testing.T) {
	s := trust.Identity(&x509.Certificate{Subject: pkix.Name{CommonName: "公司\n\x00\u202e\xff"}})
	if s.CommonName != "公司�" {
		t.Errorf("%q", s.CommonName)
	}
}
