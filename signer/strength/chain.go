package strength

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"contractd/signer"
	"contractd/signer/trust"
	"contractd/workflow"
)

// maxIssuers bounds how many missing issuers one path may ask for.
const maxIssuers = 4

// chain adds the path of a certificate to an anchor, and proof that none of its certificates was revoked at the moment.
func (c *run) chain(ctx context.Context, m *signer.Material, cert *x509.Certificate, pool []*x509.Certificate, anchors *trust.Anchors, at time.Time, purpose trust.Purpose) error {
	path, err := c.path(ctx, cert, slices.Concat(pool, c.Intermediates), anchors, at, purpose)
	if err != nil {
		return err
	}
	for _, one := range path {
		add(&m.Certificates, one.Raw)
	}
	for i := range path[:len(path)-1] {
		if err := c.standing(ctx, m, path[i:i+2], at); err != nil {
			return err
		}
	}
	return nil
}

// path finds the way to an anchor, fetching issuers that are missing.
func (c *run) path(ctx context.Context, cert *x509.Certificate, pool []*x509.Certificate, anchors *trust.Anchors, at time.Time, purpose trust.Purpose) ([]*x509.Certificate, error) {
	known := slices.Concat(anchors.Certificates(), c.Intermediates)
	for range maxIssuers {
		found := trust.Path(cert, pool, anchors, at, purpose)
		if found.Trusted() {
			return found.Chain, nil
		}
		wants := trust.IssuerWants(trust.Dangling(cert, pool), known, c.Hosts)
		var fetched trust.Evidence
		if !found.Has(trust.Untrusted) || len(wants) == 0 || c.Fetcher == nil {
			return nil, untrusted(cert, found.Findings)
		}
		if failures := c.Fetcher.Fetch(ctx, wants, &fetched); len(fetched.Certificates) == 0 {
			return nil, fmt.Errorf("%w: %w", untrusted(cert, found.Findings), errors.Join(failures...))
		}
		pool = append(pool, fetched.Certificates...)
	}
	return nil, untrusted(cert, nil)
}

func untrusted(cert *x509.Certificate, findings []trust.Finding) error {
	detail := "its issuers cannot be found"
	if len(findings) > 0 {
		detail = fmt.Sprintf("%s: %s", findings[0].Code, findings[0].Detail)
	}
	err := fmt.Errorf("%w: the certificate %s leads to no anchor: %s", workflow.ErrPolicy, describe(cert), detail)
	return workflow.WithHint(err, "name its root: [trust] roots or --root for signers, [timestamp] roots or --tsa-root for timestamp authorities")
}

func describe(cert *x509.Certificate) string {
	return fmt.Sprintf("%q (serial %s)", cert.Subject.CommonName, cert.SerialNumber.Text(16))
}

// standing adds what proves that a certificate was good. An OCSP response is small and says it of this certificate alone;
// the list is fetched where there is none.
func (c *run) standing(ctx context.Context, m *signer.Material, pair []*x509.Certificate, at time.Time) error {
	judge := func(evidence trust.Evidence) trust.Status {
		return trust.DefaultPolicy().Revocation(pair, evidence, at, c.Now())[0]
	}
	status := judge(c.fetched)
	var failures []error
	for _, want := range trust.RevocationWants(pair, []trust.Status{status}) {
		if status.Standing != trust.StandingUnknown || c.Fetcher == nil {
			break
		}
		failures = append(failures, c.Fetcher.Fetch(ctx, []trust.Want{want}, &c.fetched)...)
		status = judge(c.fetched)
	}
	switch status.Standing {
	case trust.StandingGood:
		c.keep(m, func(evidence trust.Evidence) bool { return judge(evidence).Standing == trust.StandingGood })
		return nil
	case trust.StandingUnknown:
		cause := fmt.Errorf("nobody says whether the certificate %s was revoked: %s: %w", describe(pair[0]), status.Detail, workflow.ErrTemporary)
		return workflow.WithHint(errors.Join(append([]error{cause}, failures...)...),
			"try again later, let [trust] private_hosts name an authority within the house, or seal at level B-T")
	}
	return fmt.Errorf("%w: the certificate %s is %s since %s, says the %s", workflow.ErrPolicy,
		describe(pair[0]), status.Standing, status.Since.Format(time.RFC3339), status.Source)
}

// keep adds the one piece that proves a certificate good, or everything where it takes several: an OCSP response by a
// responder about whom a list speaks.
func (c *run) keep(m *signer.Material, proves func(trust.Evidence) bool) {
	for _, der := range c.fetched.OCSPs {
		if proves(trust.Evidence{OCSPs: [][]byte{der}}) {
			add(&m.OCSPs, der)
			return
		}
	}
	for _, der := range c.fetched.CRLs {
		if proves(trust.Evidence{CRLs: [][]byte{der}}) {
			add(&m.CRLs, der)
			return
		}
	}
	for _, der := range c.fetched.OCSPs {
		add(&m.OCSPs, der)
	}
	for _, der := range c.fetched.CRLs {
		add(&m.CRLs, der)
	}
}

// add keeps each piece once.
func add(list *[][]byte, der []byte) {
	if !slices.ContainsFunc(*list, func(known []byte) bool { return bytes.Equal(known, der) }) {
		*list = append(*list, der)
	}
}
