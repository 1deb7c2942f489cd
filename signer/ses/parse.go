package ses

import (
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

const (
	maxSize    = 4 << 20 // A seal with its picture takes some ten kilobytes.
	maxHolders = 256     // Certificates that may use one seal.
)

// Parse reads one SES_Signature from the start of der. Every error wraps ErrMalformed.
func Parse(der []byte) (*Signature, error) {
	input := cryptobyte.String(der[:min(len(der), maxSize)])
	var whole cryptobyte.String
	if !input.ReadASN1Element(&whole, cbasn1.SEQUENCE) {
		return nil, fmt.Errorf("read electronic seal: %w", ErrMalformed)
	}
	s := &Signature{Length: len(whole)}
	r := &reader{input: whole}
	r.enter("SES_Signature", func(r *reader) { s.read(r) })
	if r.err != nil {
		return nil, fmt.Errorf("read electronic seal: %w: %w", ErrMalformed, r.err)
	}
	return s, nil
}

// read takes SES_Signature apart; the version inside says which of the two layouts it is.
func (s *Signature) read(r *reader) {
	var body cryptobyte.String
	if !r.input.ReadASN1Element(&body, cbasn1.SEQUENCE) {
		r.fail("toSign")
		return
	}
	s.signed = body
	inner := &reader{input: body}
	inner.enter("toSign", func(r *reader) { s.readBody(r) })
	if r.err = inner.err; r.err != nil {
		return
	}
	if s.national() {
		s.Signer, s.Algorithm = r.certificate("signer's certificate"), r.oid("signature algorithm")
	}
	s.Value = r.bits("signature")
	if s.national() && !r.input.Empty() {
		s.Timestamp = r.token()
	}
}

// national reports whether the layout is that of GB/T 38540, which begins with version 4.
func (s *Signature) national() bool { return s.Version >= Version4 }

// readBody reads TBS_Sign.
func (s *Signature) readBody(r *reader) {
	s.Version = r.integer("version")
	if r.err == nil && (s.Version < 1 || s.Version > 5) {
		r.fail(fmt.Sprintf("version %d is not known", s.Version))
		return
	}
	r.enter("eseal", func(r *reader) { s.Seal.read(r, s.national()) })
	if s.national() {
		s.Time = r.time("timeInfo")
	} else {
		s.Time = claimed(r.bits("timeInfo"))
	}
	s.DataHash = r.bits("dataHash")
	s.Property = r.text("propertyInfo", cbasn1.IA5String)
	if !s.national() {
		s.Signer, s.Algorithm = r.certificate("signer's certificate"), r.oid("signature algorithm")
	}
	r.rest()
}

// claimed reads the time of version 2, a text in a BIT STRING, where it is one; a token there is not read.
func claimed(raw []byte) time.Time {
	for _, layout := range []string{"20060102150405Z", "060102150405Z", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, string(raw)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// read takes SESeal apart.
func (s *Seal) read(r *reader, national bool) {
	var info cryptobyte.String
	if !r.input.ReadASN1Element(&info, cbasn1.SEQUENCE) {
		r.fail("eSealInfo")
		return
	}
	s.signed = info
	inner := &reader{input: info}
	inner.enter("eSealInfo", func(r *reader) { s.readInfo(r, national) })
	if r.err = inner.err; r.err != nil {
		return
	}
	value := func(r *reader) {
		s.Maker, s.Algorithm, s.Value = r.certificate("seal maker's certificate"), r.oid("seal algorithm"), r.bits("seal signature")
	}
	if national {
		value(r)
		return
	}
	r.enter("signInfo", func(r *reader) {
		before := r.input
		value(r)
		s.signed = joined(info, before, r.err)
	})
}

// joined is what the older seal's value covers: its information, the maker's certificate and the algorithm, in one sequence
// (GM/T 0031-2014, 5.3).
func joined(info, signInfo cryptobyte.String, failed error) []byte {
	var cert, algorithm cryptobyte.String
	if failed != nil || !signInfo.ReadASN1Element(&cert, cbasn1.OCTET_STRING) || !signInfo.ReadASN1Element(&algorithm, cbasn1.OBJECT_IDENTIFIER) {
		return nil
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(info)
		b.AddBytes(cert)
		b.AddBytes(algorithm)
	})
	whole, err := b.Bytes()
	if err != nil {
		return nil // Too long for DER; no value covers it.
	}
	return whole
}

// readInfo reads SES_SealInfo.
func (s *Seal) readInfo(r *reader, national bool) {
	r.enter("header", func(r *reader) {
		if id := r.text("ID", cbasn1.IA5String); r.err == nil && id != "ES" {
			r.fail("the header says " + fmt.Sprintf("%q", id) + " in place of ES")
		}
		r.integer("version")
		s.Vendor = r.text("Vid", cbasn1.IA5String)
	})
	s.ID = r.text("esID", cbasn1.IA5String)
	r.enter("property", func(r *reader) { s.readProperty(r, national) })
	r.enter("picture", func(r *reader) {
		s.Picture = Picture{Type: r.text("type", cbasn1.IA5String), Data: r.octets("data"), Width: r.integer("width"), Height: r.integer("height")}
	})
	r.rest()
}

// readProperty reads SES_ESPropertyInfo.
func (s *Seal) readProperty(r *reader, national bool) {
	s.Kind, s.Name = r.integer("type"), r.text("name", cbasn1.UTF8String)
	form := listOfCertificates
	if national {
		form = r.integer("certListType")
	}
	r.enter("certList", func(r *reader) { s.readHolders(r, form) })
	s.Created, s.From, s.To = r.time("createDate"), r.time("validStart"), r.time("validEnd")
}

// The forms of the list of certificates (GB/T 38540-2020, 6.1.2).
const (
	listOfCertificates = 1
	listOfDigests      = 2
)

func (s *Seal) readHolders(r *reader, form int) {
	for n := 0; r.err == nil && !r.input.Empty(); n++ {
		switch {
		case n == maxHolders:
			r.fail("too many certificates")
		case form == listOfCertificates:
			s.certificates = append(s.certificates, r.octets("certificate"))
		case form == listOfDigests:
			r.enter("digest", func(r *reader) {
				r.text("type", cbasn1.PrintableString)
				s.digests = append(s.digests, r.octets("value"))
			})
		default:
			r.fail(fmt.Sprintf("certListType %d", form))
		}
	}
}
