package signtest

import (
	"crypto"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"
)

// Past is a file that is judged years after it was made, when every certificate in it has ended. Who judges requires revocation
// data, asks nobody, and trusts the roots of both CAs for timestamps.
type Past struct {
	Sample
	Level   string // Of its first signature.
	Arrival []byte // Our own timestamp over it.
	Now     time.Time
}

// pastRecipe is how one such file is made; what is left zero is honest.
type pastRecipe struct {
	name, outcome, reason, level string

	ink     func(l *Lab) Ink // By the supplier's organisation, with a timestamp of its own.
	before  func(l *Lab, draft []byte) ([]byte, error)
	keep    func(l *Lab) (Material, error)
	archive bool // A document timestamp after the material.
	early   bool // One before it, which does not cover it.
	stamped func(l *Lab, file []byte) ([]byte, error)
}

// later is by when the material was collected, and ended when all certificates have.
const (
	later = time.Hour
	ended = 4 * year
)

// Past makes the files of long ago, honest and attacked; verification.md, 18, 19 and 21.
func (l *Lab) Past() ([]Past, error) {
	var all []Past
	for _, r := range slices.Concat(l.pastHonest(), l.pastIncomplete(), l.pastAttacks()) {
		made, err := l.bury(r)
		if err != nil {
			return nil, fmt.Errorf("making %s: %w", r.name, err)
		}
		all = append(all, made)
	}
	return all, nil
}

// bury makes one file of long ago.
func (l *Lab) bury(r pastRecipe) (past Past, err error) {
	past = Past{Sample: Sample{Name: r.name, Outcome: r.outcome, Reason: r.reason}, Level: r.level, Now: l.Now.Add(ended)}
	ink := Ink{By: l.Supplier, Stamp: l.TSA}
	if r.ink != nil {
		ink = r.ink(l)
	}
	file := Draft()
	if r.before != nil {
		if file, err = r.before(l, file); err != nil {
			return past, err
		}
	}
	if file, err = l.Sign(file, ink); err != nil {
		return past, err
	}
	if r.early {
		if file, err = l.Sign(file, Ink{Stamp: l.TSA}); err != nil {
			return past, err
		}
	}
	if r.keep != nil {
		material, err := r.keep(l)
		if err != nil {
			return past, err
		}
		if file, err = material.Keep(file); err != nil {
			return past, err
		}
	}
	if r.archive {
		if file, err = l.Sign(file, Ink{Stamp: l.TSA}); err != nil {
			return past, err
		}
	}
	past.File = file
	if r.stamped != nil {
		past.Arrival, err = r.stamped(l, file)
	}
	return past, err
}

// lists keeps what the signer's CA publishes an hour after the signature.
func lists(revoked func(l *Lab) map[*Identity]Revocation, and ...func(l *Lab) *CA) func(l *Lab) (Material, error) {
	return func(l *Lab) (Material, error) {
		var who map[*Identity]Revocation
		if revoked != nil {
			who = revoked(l)
		}
		all := []*CA{l.CA}
		for _, one := range and {
			all = append(all, one(l))
		}
		return Lists(ListOptions{This: l.Now.Add(later)}, who, all...)
	}
}

func strange(l *Lab) *CA { return l.Strange }

// unstamped signs without a timestamp.
func unstamped(l *Lab) Ink { return Ink{By: l.Supplier} }

// arrived takes our own timestamp over a file.
func arrived(tsa func(l *Lab) *TSA) func(l *Lab, file []byte) ([]byte, error) {
	return func(l *Lab, file []byte) ([]byte, error) {
		digest := sha256.Sum256(file)
		return tsa(l).Token(digest[:], crypto.SHA256)
	}
}

func own(l *Lab) *TSA { return l.TSA }

func (l *Lab) pastHonest() []pastRecipe {
	since := func(reason int) func(l *Lab) map[*Identity]Revocation {
		return func(l *Lab) map[*Identity]Revocation {
			return map[*Identity]Revocation{l.Supplier: {At: l.Now.Add(later / 2), Reason: reason}}
		}
	}
	answers := func(l *Lab) (Material, error) {
		m, err := Lists(ListOptions{This: l.Now.Add(later)}, nil, l.CA)
		if err != nil {
			return m, err
		}
		m.CRLs = m.CRLs[1:] // The root's stays; of users' certificates speak responses.
		register := l.CA.Register()
		for _, who := range []*Identity{l.Supplier, l.TSA.Identity} {
			answer, err := register.OCSP(who.Certificate, AnswerOptions{This: l.Now.Add(later), Delegate: Delegated})
			if err != nil {
				return m, err
			}
			m.OCSPs = append(m.OCSPs, answer)
		}
		return m, nil
	}
	return []pastRecipe{
		{name: "ended-since", outcome: passed, level: "B-LT", keep: lists(nil)},
		{name: "ended-since-archived", outcome: passed, level: "B-LTA", keep: lists(nil), archive: true},
		{name: "responses", outcome: passed, level: "B-LT", keep: answers},
		{name: "revoked-since", outcome: passed, level: "B-LT", keep: lists(since(1))},
		{name: "closed-since", outcome: passed, level: "B-LT", keep: lists(since(5))},
		{name: "only-a-document-timestamp", outcome: passed, level: "B-LTA", ink: unstamped, keep: lists(nil), archive: true},
		{name: "stamp-of-another-authority", outcome: passed, level: "B-LT",
			ink: func(l *Lab) Ink { return Ink{By: l.Supplier, Stamp: l.StrangeTSA} }, keep: lists(nil, strange)},
		{name: "our-stamp-at-arrival", outcome: passed, level: "B-B", ink: unstamped, keep: lists(nil), stamped: arrived(own)},
		{name: "in-the-signature-itself", outcome: passed, level: "B-LT", ink: func(l *Lab) Ink {
			return Ink{By: l.Supplier, Made: func(covered []byte) ([]byte, error) {
				m, err := lists(nil)(l)
				if err != nil {
					return nil, err
				}
				return Carrying(l.Supplier, m, l.TSA)(covered)
			}}
		}},
	}
}
