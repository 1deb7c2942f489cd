package signtest

import (
	"crypto"
	"crypto/sha256"
	"time"
)

// pastIncomplete lack some of the material; verification.md, 21: the level says so.
func (l *Lab) pastIncomplete() []pastRecipe {
	without := func(drop func(m *Material)) func(l *Lab) (Material, error) {
		return func(l *Lab) (Material, error) {
			m, err := lists(nil)(l)
			drop(&m)
			return m, err
		}
	}
	const unknown = "revocation-unknown"
	return []pastRecipe{
		{name: "nothing-of-users", outcome: indeterminate, reason: unknown, level: "B-T", keep: without(func(m *Material) { m.CRLs = m.CRLs[1:] })},
		{name: "nothing-of-authorities", outcome: indeterminate, reason: unknown, level: "B-T", keep: without(func(m *Material) { m.CRLs = m.CRLs[:1] })},
		{name: "certificates-only", outcome: indeterminate, reason: unknown, level: "B-T", keep: without(func(m *Material) { m.CRLs = nil }), archive: true},
		{name: "nothing-of-the-timestamp", outcome: indeterminate, reason: unknown, level: "B-T",
			ink: func(l *Lab) Ink { return Ink{By: l.Supplier, Stamp: l.StrangeTSA} }, keep: lists(nil)},
		{name: "archived-before-the-material", outcome: passed, level: "B-LT", keep: lists(nil), early: true},
	}
}

func (l *Lab) pastAttacks() []pastRecipe {
	revoked := func(who func(l *Lab) *Identity, ago time.Duration) func(l *Lab) (Material, error) {
		return lists(func(l *Lab) map[*Identity]Revocation {
			return map[*Identity]Revocation{who(l): {At: l.Now.Add(-ago), Reason: 1}}
		})
	}
	supplier := func(l *Lab) *Identity { return l.Supplier }
	authority := func(l *Lab) *Identity { return l.TSA.Identity }
	another := func(l *Lab, _ []byte) ([]byte, error) {
		digest := sha256.Sum256([]byte("another file"))
		return l.TSA.Token(digest[:], crypto.SHA256)
	}
	return []pastRecipe{
		{name: "revoked-before", outcome: failed, reason: "certificate-revoked", keep: revoked(supplier, day)},
		{name: "revoked-before-our-stamp", outcome: indeterminate, reason: "certificate-revoked", ink: unstamped, keep: revoked(supplier, day), stamped: arrived(own)},
		{name: "no-time-proven", outcome: indeterminate, reason: "certificate-expired", ink: unstamped, keep: lists(nil)},
		{name: "copied-timestamp", outcome: failed, reason: "bad-timestamp", keep: lists(nil), ink: func(l *Lab) Ink {
			return Ink{By: l.Supplier, Token: func([]byte) ([]byte, error) { return another(l, nil) }}
		}},
		{name: "document-timestamp-before-the-signature", outcome: indeterminate, reason: "certificate-expired", ink: unstamped, keep: lists(nil),
			before: func(l *Lab, draft []byte) ([]byte, error) { return l.Sign(draft, Ink{Stamp: l.TSA}) }},
		{name: "lists-of-another-time", outcome: indeterminate, reason: "revocation-unknown", level: "B-T", keep: func(l *Lab) (Material, error) {
			return Lists(ListOptions{This: l.Now.Add(-60 * day)}, nil, l.CA)
		}},
		{name: "lists-of-another-authority", outcome: indeterminate, reason: "revocation-unknown", level: "B-T", keep: func(l *Lab) (Material, error) {
			return Lists(ListOptions{This: l.Now.Add(later)}, nil, l.Strange)
		}},
		{name: "forged-lists", outcome: indeterminate, reason: "revocation-unknown", level: "B-T", keep: func(l *Lab) (Material, error) {
			return Lists(ListOptions{This: l.Now.Add(later), Forged: true}, nil, l.CA)
		}},
		{name: "timestamp-authority-broken-since", outcome: indeterminate, reason: "certificate-revoked", keep: revoked(authority, -later/2)},
		{name: "document-timestamp-authority-broken-since", outcome: indeterminate, reason: "certificate-revoked", ink: unstamped,
			keep: revoked(authority, -later/2), archive: true},
		{name: "our-stamp-of-another-file", outcome: failed, reason: "bad-timestamp", ink: unstamped, keep: lists(nil), stamped: another},
		{name: "our-stamp-by-a-broken-authority", outcome: indeterminate, reason: "certificate-expired", ink: unstamped,
			keep: revoked(authority, -later/2), stamped: arrived(own)},
	}
}
