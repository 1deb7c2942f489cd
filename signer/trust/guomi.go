package trust

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"contractd/signer/cms"
)

// national reports whether an SM2 key may stand on the path: crypto/x509 cannot verify with it.
func (s *search) national() bool {
	return cms.IsSM2(s.cert) || slices.ContainsFunc(s.pool, cms.IsSM2) || slices.ContainsFunc(s.anchors.certificates, cms.IsSM2)
}

// nationalAt is at with gmsm's path building, which follows that of crypto/x509.
func (s *search) nationalAt(moment time.Time) ([][]*x509.Certificate, error) {
	chains, err := (*smx509.Certificate)(s.cert).Verify(smx509.VerifyOptions{
		Roots:         nationalPool(s.anchors.certificates),
		Intermediates: nationalPool(s.pool),
		CurrentTime:   moment,
		KeyUsages:     []smx509.ExtKeyUsage{smx509.ExtKeyUsageAny},
	})
	plain := make([][]*x509.Certificate, 0, len(chains))
	for _, chain := range chains {
		var converted []*x509.Certificate
		for _, cert := range chain {
			converted = append(converted, cert.ToX509())
		}
		plain = append(plain, converted)
	}
	return plain, err
}

func nationalPool(certificates []*x509.Certificate) *smx509.CertPool {
	pool := smx509.NewCertPool()
	for _, cert := range certificates {
		pool.AddCert((*smx509.Certificate)(cert))
	}
	return pool
}

// listSigned verifies the signature of a CRL with the key of its issuer.
func listSigned(list *x509.RevocationList, issuer *x509.Certificate) error {
	if !cms.IsSM2(issuer) {
		return list.CheckSignatureFrom(issuer)
	}
	// RFC 5280, 6.3.3 (f): the key must be one for CRLs.
	if issuer.KeyUsage != 0 && issuer.KeyUsage&x509.KeyUsageCRLSign == 0 {
		return x509.ConstraintViolationError{}
	}
	return (*smx509.Certificate)(issuer).CheckSignature(smx509.SM2WithSM3, list.RawTBSRevocationList, list.Signature)
}
