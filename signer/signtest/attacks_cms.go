package signtest

import (
	"bytes"
	"strings"

	"contractd/signer/pdf"
)

// cmsAttacks are about the value itself, verification.md, 7 to 9, and about who made it, 20; what is not supported is named.
func cmsAttacks() []recipe {
	tampered := func(change func(l *Lab, der []byte) []byte) func(l *Lab, sent []byte) ([]byte, error) {
		return func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{CMS: func(der, _ []byte) []byte { return change(l, der) }})
		}
	}
	// ecdsa-with-SHA256, whose last arc becomes one that nobody uses.
	ecdsaSHA256 := []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2}
	return []recipe{
		{"last-octet-of-the-value", failed, "bad-signature", "", false, tampered(func(_ *Lab, der []byte) []byte {
			der = bytes.Clone(der)
			der[len(der)-1] ^= 1
			return der
		})},
		{"certificate-of-another-number", failed, "signer-unclear", "", true, func(l *Lab, sent []byte) ([]byte, error) {
			return l.Sign(sent, Ink{By: l.Supplier, CMS: func(der, _ []byte) []byte { // Named last of all by the SignerInfo.
				der = bytes.Clone(der)
				serial := l.Supplier.Certificate.SerialNumber.Bytes()
				der[bytes.LastIndex(der, serial)+len(serial)-1] ^= 1
				return der
			}})
		}},
		{"algorithm-that-nobody-knows", indeterminate, "unsupported-algorithm", "", false, tampered(func(_ *Lab, der []byte) []byte {
			at := bytes.LastIndex(der, ecdsaSHA256)
			der = bytes.Clone(der)
			der[at+len(ecdsaSHA256)-1] = 0x7f
			return der
		})},
		{"format-that-nobody-knows", indeterminate, "unsupported-subfilter", "", true, func(l *Lab, sent []byte) ([]byte, error) {
			return l.Sign(sent, Ink{By: l.Supplier, Value: pdf.Dict{"SubFilter": pdf.Name("ACME.seal")}, Made: func([]byte) ([]byte, error) { return []byte("ACME seal 1.0"), nil }})
		}},
		{"person-of-no-organisation", indeterminate, "unknown-signer", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			one, err := l.CA.Issue(Person{Name: "李四"})
			if err != nil {
				return nil, err
			}
			out, err := l.countersign(sent, Ink{})
			if err != nil {
				return nil, err
			}
			return l.Sign(out, Ink{By: one})
		}},
		{"deeply-nested", failed, "could-not-be-read", "", false, func(_ *Lab, sent []byte) ([]byte, error) {
			return Patch{Objects: map[int]string{draftUnused: strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)}}.Apply(sent)
		}},
	}
}
