package verify

import (
	"crypto"
	"fmt"

	"contractd/signer/cms"
)

// The baseline levels of ETSI EN 319 142-1, 6.
const (
	levelB   = "B-B"
	levelT   = "B-T"
	levelLT  = "B-LT"
	levelLTA = "B-LTA"
)

// levels reports how far each intact signature got; verification.md, 21. A level says what material is there, not
// that revocation was judged.
func (c *fileCase) levels() error {
	material, err := c.materialSince()
	if err != nil {
		return err
	}
	for _, s := range c.found {
		if !s.out.Intact || s.timestamp() {
			continue
		}
		s.out.Level = levelB
		if s.out.Time.IsZero() {
			continue
		}
		s.out.Level = levelT
		if material < 0 {
			continue
		}
		s.out.Level = levelLT
		for _, stamp := range c.found {
			if stamp.timestamp() && !stamp.out.Time.IsZero() && stamp.covered.Index >= material && stamp.end() > s.end() {
				s.out.Level = levelLTA
			}
		}
	}
	return nil
}

// materialSince is the first revision whose DSS carries certificates and revocation data, or -1.
func (c *fileCase) materialSince() (int, error) {
	for _, r := range c.file.Revisions() {
		catalog, err := r.Catalog()
		if err != nil {
			return -1, err
		}
		dss, err := r.Dict(catalog["DSS"])
		if err != nil {
			return -1, err
		}
		if dss.Has("Certs") && (dss.Has("CRLs") || dss.Has("OCSPs")) {
			return r.Index, nil
		}
	}
	return -1, nil
}

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
