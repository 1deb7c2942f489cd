package verify

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"contractd/signer/cms"
	"contractd/signer/pdf"
	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// The baseline levels of ETSI EN 319 142-1, 6.
const (
	levelB   = "B-B"
	levelT   = "B-T"
	levelLT  = "B-LT"
	levelLTA = "B-LTA"
)

// maxArchiving is how many document timestamps are tried for B-LTA: clients renew them every few years.
const maxArchiving = 4

// levels reports how far each intact signature got; verification.md, 21. B-LT means that whoever has only the file and the
// anchors can judge it for good (ETSI EN 319 142-1, 6.3, j to m): each certificate of the signer's chain, and of the
// timestamp's, is in the file, with revocation data of somebody entitled that covers it. B-LTA means that a document
// timestamp covers all that.
func (c *fileCase) levels() error {
	for _, s := range c.found {
		if !s.out.Intact || s.timestamp() {
			continue
		}
		s.out.Level = levelB
		proof := c.proofInFile(s)
		if proof == nil {
			continue
		}
		s.out.Level = levelT
		complete, err := c.complete(s, *proof, c.file.Last())
		if err != nil {
			return err
		}
		if !complete {
			continue
		}
		if s.out.Level, err = c.archived(s, *proof); err != nil {
			return err
		}
	}
	return nil
}

// proofInFile returns the timestamp of the file that proves when a signature was there: one over its value, else the first
// document timestamp that covers it.
func (c *fileCase) proofInFile(s *signature) *tsa.Result {
	for i := range s.tokens {
		if len(s.tokens[i].Findings) == 0 {
			return &s.tokens[i]
		}
	}
	for _, stamp := range c.found {
		if stamp.proves() && stamp.end() > s.end() {
			return stamp.token
		}
	}
	return nil
}

// proves reports whether it is a document timestamp that counts.
func (s *signature) proves() bool {
	return s.token != nil && s.covered != nil && len(s.token.Findings) == 0 && s.out.Intact && s.out.Verdict != workflow.Failed
}

// archived returns B-LTA where a document timestamp covers material that is complete, else B-LT.
func (c *fileCase) archived(s *signature, proof tsa.Result) (string, error) {
	tried := 0
	for _, stamp := range slices.Backward(c.found) {
		if !stamp.proves() || stamp.end() <= s.end() {
			continue
		}
		if tried++; tried > maxArchiving {
			break
		}
		complete, err := c.complete(s, proof, stamp.covered)
		if err != nil {
			return levelLT, err
		}
		if complete {
			return levelLTA, nil
		}
	}
	return levelLT, nil
}

// complete reports whether the file as of a revision holds all that judging a signature and its timestamp needs.
func (c *fileCase) complete(s *signature, proof tsa.Result, r *pdf.Revision) (bool, error) {
	if err := c.ctx.Err(); err != nil {
		return false, err
	}
	held, err := c.materialOf(r)
	if err != nil {
		return false, err
	}
	cert, embedded := s.signer()
	if cert == nil || proof.Authority == nil {
		return false, nil
	}
	own := held
	own.evidence = withEmbedded(s, held.evidence)
	own.certificates = slices.Concat(embedded, held.certificates)
	if own.evidence.Carried.Empty() {
		return false, nil // Also where no certificate stands below an anchor.
	}
	if !own.covers(cert, s.path.Chain, c.opts.Roots, proof.Time, c.opts.Now) {
		return false, nil
	}
	own.certificates = append(slices.Clone(own.certificates), proof.Token.CMS.Certificates...)
	return own.covers(proof.Authority, proof.Path.Chain, c.opts.TSARoots, proof.Time, c.opts.Now), nil
}

// material is what a file holds for judging signatures later.
type material struct {
	certificates []*x509.Certificate
	evidence     trust.Evidence
}

// materialOf reads the DSS of a revision, once.
func (c *fileCase) materialOf(r *pdf.Revision) (material, error) {
	if known, ok := c.material[r.Index]; ok {
		return known, nil
	}
	var held material
	certificates, err := c.storedAt(r, "Certs")
	if err != nil {
		return held, err
	}
	for _, der := range certificates {
		if cert, err := cms.ParseCertificate(der); err == nil {
			held.certificates = append(held.certificates, cert)
		}
	}
	if held.evidence.Carried.CRLs, err = c.storedAt(r, "CRLs"); err != nil {
		return held, err
	}
	held.evidence.Carried.OCSPs, err = c.storedAt(r, "OCSPs")
	c.material[r.Index] = held
	return held, err
}

// covers reports whether the material answers for each certificate from cert up to an anchor. The path is the one that was found;
// where there is none, for want of an anchor, what the file itself holds is followed.
func (m material) covers(cert *x509.Certificate, path []*x509.Certificate, anchors *trust.Anchors, at, now time.Time) bool {
	if len(path) == 0 {
		path = m.climb(cert)
	}
	last := path[len(path)-1]
	if !bytes.Equal(last.RawIssuer, last.RawSubject) && !slices.ContainsFunc(anchors.Certificates(), last.Equal) {
		return false // Its issuer is nowhere.
	}
	for _, one := range path[:len(path)-1] {
		if !slices.ContainsFunc(m.certificates, one.Equal) && !one.Equal(cert) {
			return false
		}
	}
	standings := trust.DefaultPolicy().Revocation(path, m.evidence, at, now)
	return !slices.ContainsFunc(standings, func(s trust.Status) bool { return s.Standing == trust.StandingUnknown })
}

// climb follows issuers as far as the material leads.
func (m material) climb(cert *x509.Certificate) []*x509.Certificate {
	path := []*x509.Certificate{cert}
	for len(path) < maxClimb {
		i := slices.IndexFunc(m.certificates, func(issuer *x509.Certificate) bool {
			return bytes.Equal(issuer.RawSubject, cert.RawIssuer) && !issuer.Equal(cert) && len(cms.CheckIssued(cert, issuer)) == 0
		})
		if i < 0 {
			break
		}
		cert = m.certificates[i]
		path = append(path, cert)
	}
	return path
}

const maxClimb = 10 // Certificates of one path.

// digestOf digests bytes at hand.
func digestOf(data []byte) func(crypto.Hash) ([]byte, error) {
	return func(h crypto.Hash) ([]byte, error) {
		d, ok := cms.NewHash(h)
		if !ok {
			return nil, fmt.Errorf("digest %v is not available", h)
		}
		d.Write(data)
		return d.Sum(nil), nil
	}
}
