package signtest

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"fmt"

	"contractd/signer/pdf"
)

// contractAttacks are about verification.md, 11 and 20: what came back is not what was sent, or not by whom.
func contractAttacks() []recipe {
	by := func(who func(l *Lab) *Identity) func(l *Lab, sent []byte) ([]byte, error) {
		return func(l *Lab, sent []byte) ([]byte, error) {
			out, err := l.Sign(sent, Ink{By: who(l)})
			if err != nil {
				return nil, err
			}
			return l.Sign(out, Ink{By: l.SupplierEmployee})
		}
	}
	return []recipe{
		{"unchanged", failed, "not-signed", "", false, func(_ *Lab, sent []byte) ([]byte, error) { return sent, nil }},
		{"timestamp-only", failed, "not-signed", "", false, func(l *Lab, sent []byte) ([]byte, error) { return l.Sign(sent, Ink{Stamp: l.TSA}) }},
		{"saved-anew", failed, "rewritten", "", false, savedAnew},
		{"draft-signed", failed, "signed-the-draft", "", false, func(l *Lab, _ []byte) ([]byte, error) { return l.countersign(Draft(), Ink{}) }},
		{"another-file", failed, "not-our-document", "", false, func(l *Lab, _ []byte) ([]byte, error) {
			return l.countersign(bytes.Replace(Draft(), []byte("100.00"), []byte("900.00"), 1), Ink{})
		}},
		{"employee-missing", failed, "role-missing", "", false, func(l *Lab, sent []byte) ([]byte, error) { return l.Sign(sent, Ink{By: l.Supplier}) }},
		{"same-role-twice", failed, "role-missing", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			out, err := l.Sign(sent, Ink{By: l.Supplier})
			if err != nil {
				return nil, err
			}
			return l.Sign(out, Ink{By: l.Supplier})
		}},
		{"our-own-keys", failed, "wrong-signer", "", false, by(func(l *Lab) *Identity { return l.Ours })},
		{"another-company", failed, "wrong-signer", "", false, by(func(l *Lab) *Identity { return l.Other })},
		{"right-name-wrong-authority", indeterminate, "untrusted", "", false, by(func(l *Lab) *Identity { return l.Mallory })},
		{"field-of-that-name", failed, "wrong-signer", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			out, err := l.Sign(sent, Ink{By: l.Other, Field: "organization"})
			if err != nil {
				return nil, err
			}
			return l.Sign(out, Ink{By: l.SupplierEmployee, Field: "employee"})
		}},
	}
}

// savedAnew does what tools do that write a new file: all objects stay, the bytes before them do not.
func savedAnew(_ *Lab, sent []byte) ([]byte, error) {
	from, err := open(sent)
	if err != nil {
		return nil, err
	}
	fresh := bytes.Replace(Draft(), []byte("%PDF-1.7"), []byte("%PDF-1.6"), 1)
	return appendUpdate(fresh, func(u *pdf.Update, _ *pdf.File) error {
		for range nextNumber(from) - draftSize {
			u.Add(nil)
		}
		for _, r := range from.Revisions()[1:] {
			for _, ref := range r.Changed() {
				o, err := from.Last().Object(ref)
				if err != nil {
					return err
				}
				u.Set(ref, o)
			}
		}
		return nil
	})
}

// trustAttacks are about verification.md, 9, 17 and 18.
func trustAttacks() []recipe {
	shape := func(s Shape, key KeyKind) func(l *Lab, sent []byte) ([]byte, error) {
		return func(l *Lab, sent []byte) ([]byte, error) {
			one, err := l.CA.Issue(Person{Organization: SupplierName, CreditCode: SupplierCode, Shape: s, Key: key})
			if err != nil {
				return nil, err
			}
			return l.countersign(sent, Ink{By: one})
		}
	}
	return []recipe{
		{"ended", indeterminate, "certificate-expired", "", false, shape(Expired, P256)},
		{"not-begun", indeterminate, "certificate-not-yet-valid", "", false, shape(NotYetValid, P256)},
		{"web-server", failed, "certificate-usage", "", false, shape(ServerAuth, P256)},
		{"encipherment-only", failed, "certificate-usage", "", false, shape(NoSigning, P256)},
		{"rsa-1024", failed, "weak-algorithm", "", false, shape(Ordinary, RSA1024)},
		{"self-made", indeterminate, "untrusted", "", true, func(l *Lab, sent []byte) ([]byte, error) { return l.Sign(sent, Ink{By: l.Mallory}) }},
		{"token-of-something-else", failed, "bad-timestamp", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Token: func([]byte) ([]byte, error) {
				other := sha256.Sum256([]byte("something else"))
				return l.TSA.Token(other[:], crypto.SHA256)
			}})
		}},
		{"document-timestamp-of-a-stranger", indeterminate, "untrusted-timestamp", "", true, func(l *Lab, sent []byte) ([]byte, error) {
			return l.Sign(sent, Ink{Stamp: l.StrangeTSA})
		}},
		{"expired-with-untrusted-time", indeterminate, "untrusted-timestamp", "", true, func(l *Lab, sent []byte) ([]byte, error) {
			one, err := l.CA.Issue(Person{Organization: SupplierName, CreditCode: SupplierCode, Shape: Expired})
			if err != nil {
				return nil, err
			}
			return l.Sign(sent, Ink{By: one, Stamp: l.StrangeTSA})
		}},
	}
}

// lockAttacks are about verification.md, 14.
func lockAttacks() []recipe {
	certified := func(permits int, lock pdf.Dict, then func(l *Lab, in []byte) ([]byte, error)) func(l *Lab, _ []byte) ([]byte, error) {
		return func(l *Lab, _ []byte) ([]byte, error) {
			out, err := l.Sign(Draft(), Ink{By: l.Ours, Permits: permits, Lock: lock})
			if err != nil {
				return nil, err
			}
			return then(l, out)
		}
	}
	fill := func(_ *Lab, in []byte) ([]byte, error) {
		return Patch{Objects: map[int]string{draftField: fieldBody("999", "{0}")}, New: []string{look("999")}}.Apply(in)
	}
	sign := func(l *Lab, in []byte) ([]byte, error) { return l.Sign(in, Ink{By: l.Supplier}) }
	comment := func(_ *Lab, in []byte) ([]byte, error) {
		return Patch{Objects: map[int]string{draftPage + 1: pageBody(6, "{0}")}, New: []string{freeText}}.Apply(in)
	}
	fields := func(action string, names ...string) pdf.Dict {
		list := pdf.Array{}
		for _, name := range names {
			list = append(list, pdf.TextString(name))
		}
		return pdf.Dict{"Action": pdf.Name(action), "Fields": list, "V": pdf.Name("1.2")}
	}
	var recipes []recipe
	for i, r := range []func(l *Lab, _ []byte) ([]byte, error){
		certified(1, nil, sign), certified(1, nil, fill), certified(1, nil, comment), certified(2, nil, comment),
		certified(2, fields("All"), fill), certified(2, fields("Include", "amount"), fill), certified(3, fields("Exclude", "other"), fill),
		certified(0, fields("Include", "amount"), fill),
	} {
		recipes = append(recipes, recipe{fmt.Sprintf("locked-%d", i), failed, "lock-violated", "", true, r})
	}
	recipes = append(recipes, recipe{"after-a-signature", failed, "second-certification", "", true, func(l *Lab, sent []byte) ([]byte, error) {
		return l.Sign(sent, Ink{By: l.Supplier, Permits: 2})
	}}, recipe{"stamp-under-p2", failed, "lock-violated", "", true, certified(2, nil, func(l *Lab, in []byte) ([]byte, error) {
		return l.Sign(in, Ink{By: l.Supplier, Also: addAnnot(1, stampDict(132))})
	})})
	return recipes
}
