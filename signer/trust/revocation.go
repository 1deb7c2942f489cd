package trust

import (
	"crypto/x509"
	"fmt"
	"time"
)

// RevocationMode says how much depends on revocation data.
type RevocationMode string

// The modes of revocation.
const (
	RevocationOff        RevocationMode = "off"         // Nothing is read or asked for.
	RevocationBestEffort RevocationMode = "best-effort" // What is known counts; what is not known is noted.
	RevocationRequire    RevocationMode = "require"     // Every certificate below the anchor must be known to be good.
)

const (
	maxEvidence  = 256             // CRLs, and OCSP responses, of one file.
	clockSkew    = 5 * time.Minute // Between authorities' clocks and ours.
	freshWithout = 24 * time.Hour  // How long an answer without nextUpdate counts (RFC 6960, 4.2.2.1: newer is always there).
)

// Evidence is what was said about certificates, fetched or embedded in a file: DER, not yet believed.
type Evidence struct {
	CRLs         [][]byte
	OCSPs        [][]byte
	Certificates []*x509.Certificate // Issuers that were fetched; they help to build paths and prove nothing.
	Carried      Carried
}

// Carried is what came with the file that is judged. Whoever made the file chose it: of all that was said before the moment
// judged it may be what was said before the revocation.
type Carried struct {
	CRLs  [][]byte
	OCSPs [][]byte
}

// Empty reports whether a file brought nothing.
func (c Carried) Empty() bool { return len(c.CRLs)+len(c.OCSPs) == 0 }

// Standing is what is known about one certificate at one moment.
type Standing string

// The standings of a certificate.
const (
	StandingGood    Standing = "good"
	StandingRevoked Standing = "revoked" // At or before the moment judged.
	StandingOnHold  Standing = "on-hold" // RFC 5280, 5.3.1, certificateHold: it may come back.
	StandingUnknown Standing = "unknown" // Nobody entitled says anything that is fresh for the moment judged.
)

// Status is the standing of one certificate, and who says so.
type Status struct {
	Certificate *x509.Certificate
	Standing    Standing
	Source      string    // "OCSP" or "CRL", with its time; empty when unknown.
	Since       time.Time // Of the revocation, also of one after the moment judged.
	Detail      string    // Why it is unknown, the reason of the revocation, or the age of what is old.
	Old         bool      // Good only by what came with the file from before the moment judged: who is asked may know better.

	said time.Time // thisUpdate of the source.
}

// Revocation judges every certificate of a chain below its anchor for the moment at, from evidence known at now.
// RFC 5280, 6.3; RFC 6960, 3.2; ETSI EN 319 102-1, 5.2.5 and 5.2.6.
func (p *Policy) Revocation(chain []*x509.Certificate, evidence Evidence, at, now time.Time) []Status {
	if len(chain) < 2 {
		return nil
	}
	var all []Status
	for i, cert := range chain[:len(chain)-1] {
		q := question{policy: p, cert: cert, issuer: chain[i+1], at: at, now: now}
		all = append(all, q.answer(evidence))
	}
	return all
}

// question asks for one certificate.
type question struct {
	policy       *Policy
	cert, issuer *x509.Certificate
	at, now      time.Time
	why          []string // Why what was said does not count.
}

// answer takes the worst of what entitled sources say; of several that say "good", the first is named.
func (q *question) answer(evidence Evidence) Status {
	best := Status{Certificate: q.cert, Standing: StandingUnknown}
	take := func(s Status, ok bool) {
		if ok && graver(s, best) {
			best = s
		}
	}
	weigh := func(ocsps, crls [][]byte, mark func(Status, bool) (Status, bool)) {
		for _, der := range ocsps[:min(len(ocsps), maxEvidence)] {
			take(mark(q.ocsp(der, evidence)))
		}
		for _, der := range crls[:min(len(crls), maxEvidence)] {
			take(mark(q.crl(der)))
		}
	}
	weigh(evidence.OCSPs, evidence.CRLs, func(s Status, ok bool) (Status, bool) { return s, ok })
	weigh(evidence.Carried.OCSPs, evidence.Carried.CRLs, q.carried)
	if best.Standing == StandingUnknown {
		best.Detail = "nothing is known"
		if len(q.why) > 0 {
			best.Detail = q.why[0]
		}
	}
	return best
}

// graver orders what entitled sources say: one that knows of a revocation outweighs one that does not yet, and one whose
// "good" counts outweighs an old one.
func graver(a, b Status) bool {
	rank := map[Standing]int{StandingUnknown: 0, StandingGood: 1, StandingOnHold: 2, StandingRevoked: 3}
	if a.Standing == b.Standing {
		return b.Old && !a.Old
	}
	return rank[a.Standing] > rank[b.Standing]
}

// carried marks as old what came with the file and says "good" from before the moment judged: a thief stores the last list
// that does not name the key yet.
func (q *question) carried(s Status, ok bool) (Status, bool) {
	if ok && s.Standing == StandingGood && s.said.Before(q.at.Add(-clockSkew)) {
		s.Old = true
		if s.Since.IsZero() {
			s.Detail = fmt.Sprintf("the %s came with the file, is %s older than %s, and nothing newer was had", s.Source, age(q.at.Sub(s.said)), stamp(q.at))
		}
	}
	return s, ok
}

// age is a span as people say it.
func age(d time.Duration) string {
	if d < 48*time.Hour {
		return d.Truncate(time.Minute).String()
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}

func (q *question) skip(format string, args ...any) (Status, bool) {
	q.why = append(q.why, fmt.Sprintf(format, args...))
	return Status{}, false
}

// fresh reports whether something said at thisUpdate counts for the moment judged: it was said after it, or before it
// and was to hold beyond it.
func (q *question) fresh(this, next time.Time) bool {
	if this.After(q.now.Add(clockSkew)) {
		return false
	}
	if !this.Before(q.at.Add(-clockSkew)) {
		return true
	}
	if next.IsZero() {
		next = this.Add(freshWithout)
	}
	return !q.at.After(next.Add(clockSkew))
}

// remembers reports whether a source still knew about the certificate: after a certificate ended, authorities may drop
// it (RFC 5280, 3.3), unless they say since when they keep the ended ones.
func (q *question) remembers(this, kept time.Time) bool {
	return !this.After(q.cert.NotAfter) || !kept.IsZero() && !kept.After(q.cert.NotAfter)
}

// reason names of RFC 5280, 5.3.1.
var reasonNames = map[int]string{
	0: "unspecified", 1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded", 5: "cessationOfOperation",
	6: "certificateHold", 8: "removeFromCRL", 9: "privilegeWithdrawn", 10: "aACompromise",
}

const (
	reasonHold   = 6
	reasonRemove = 8
)

// revoked weighs a revocation: one after the moment judged leaves the certificate good then.
func (q *question) revoked(source string, said, since time.Time, reason int) Status {
	s := Status{Certificate: q.cert, Standing: StandingRevoked, Source: source, Since: since, Detail: reasonNames[reason], said: said}
	switch {
	case reason == reasonRemove, since.After(q.at):
		s.Standing = StandingGood
	case reason == reasonHold:
		s.Standing = StandingOnHold
	}
	return s
}
