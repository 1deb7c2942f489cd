package verify

import (
	"crypto/x509"
	"slices"

	"contractd/signer/cms"
	"contractd/signer/pdf"
	"contractd/signer/trust"
)

const maxStored = 100 // Streams of one kind.

// storedCertificates reads those of the DSS, which help to build paths. ISO 32000-2, 12.8.4.3.
func (c *fileCase) storedCertificates() ([]*x509.Certificate, error) {
	streams, err := c.stored("Certs")
	var stored []*x509.Certificate
	for _, der := range streams {
		if cert, err := cms.ParseCertificate(der); err == nil {
			stored = append(stored, cert)
		}
	}
	return stored, err
}

// storedEvidence joins the DSS's CRLs and OCSP responses with what is known from elsewhere.
func (c *fileCase) storedEvidence() (trust.Evidence, error) {
	evidence := trust.Evidence{CRLs: slices.Clone(c.opts.Evidence.CRLs), OCSPs: slices.Clone(c.opts.Evidence.OCSPs)}
	if c.revocationOff() {
		return evidence, nil
	}
	lists, err := c.stored("CRLs")
	if err != nil {
		return evidence, err
	}
	answers, err := c.stored("OCSPs")
	evidence.Carried = trust.Carried{CRLs: lists, OCSPs: answers}
	return evidence, err
}

// stored reads the streams of one array of the DSS, as the file ends.
func (c *fileCase) stored(key pdf.Name) ([][]byte, error) { return c.storedAt(c.file.Last(), key) }

// storedAt is stored as of a revision.
func (c *fileCase) storedAt(r *pdf.Revision, key pdf.Name) ([][]byte, error) {
	catalog, err := r.Catalog()
	if err != nil {
		return nil, err
	}
	dss, err := r.Dict(catalog["DSS"])
	if err != nil {
		return nil, err
	}
	list, err := r.Array(dss[key])
	if err != nil {
		return nil, err
	}
	var streams [][]byte
	for _, o := range list[:min(len(list), maxStored)] {
		value, err := r.Resolve(o)
		if err != nil {
			return nil, err
		}
		stream, ok := value.(*pdf.Stream)
		if !ok {
			continue
		}
		data, err := r.Decode(stream)
		if err != nil {
			return nil, err
		}
		streams = append(streams, data)
	}
	return streams, nil
}
