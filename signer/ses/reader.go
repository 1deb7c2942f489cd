package ses

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"contractd/signer/cms"
)

// reader reads one value after the other and keeps the first error.
type reader struct {
	input cryptobyte.String
	err   error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%s cannot be read", what)
	}
}

// enter reads a sequence, which must be read to its end.
func (r *reader) enter(what string, read func(*reader)) {
	var body cryptobyte.String
	if r.err != nil || !r.input.ReadASN1(&body, cbasn1.SEQUENCE) {
		r.fail(what)
		return
	}
	inner := &reader{input: body}
	read(inner)
	if inner.err == nil && !inner.input.Empty() {
		inner.fail("what follows in " + what)
	}
	r.err = inner.err
}

// rest passes over the extensions at the end of a structure.
func (r *reader) rest() {
	var ignored cryptobyte.String
	if r.err == nil && !r.input.Empty() && (!r.input.ReadASN1(&ignored, cbasn1.Tag(0).Constructed().ContextSpecific())) {
		r.fail("extDatas")
	}
}

func (r *reader) integer(what string) int {
	var value int
	if r.err != nil || !r.input.ReadASN1Integer(&value) {
		r.fail(what)
	}
	return value
}

func (r *reader) text(what string, tag cbasn1.Tag) string {
	var value cryptobyte.String
	if r.err != nil || !r.input.ReadASN1(&value, tag) {
		r.fail(what)
	}
	return string(value)
}

func (r *reader) octets(what string) []byte {
	var value cryptobyte.String
	if r.err != nil || !r.input.ReadASN1(&value, cbasn1.OCTET_STRING) {
		r.fail(what)
	}
	return value
}

func (r *reader) bits(what string) []byte {
	var value []byte
	if r.err != nil || !r.input.ReadASN1BitStringAsBytes(&value) {
		r.fail(what)
	}
	return value
}

func (r *reader) oid(what string) asn1.ObjectIdentifier {
	var value asn1.ObjectIdentifier
	if r.err != nil || !r.input.ReadASN1ObjectIdentifier(&value) {
		r.fail(what)
	}
	return value
}

// time reads GeneralizedTime, and UTCTime as version 2 writes it.
func (r *reader) time(what string) time.Time {
	var value time.Time
	ok := r.err == nil
	if ok && r.input.PeekASN1Tag(cbasn1.UTCTime) {
		ok = r.input.ReadASN1UTCTime(&value)
	} else if ok {
		ok = r.input.ReadASN1GeneralizedTime(&value)
	}
	if !ok {
		r.fail(what)
	}
	return value
}

// token reads the timestamp, under an explicit tag or bare.
func (r *reader) token() []byte {
	var wrapped cryptobyte.String
	var present bool
	if !r.input.ReadOptionalASN1(&wrapped, &present, cbasn1.Tag(0).Constructed().ContextSpecific()) {
		r.fail("timeStamp")
		return nil
	}
	if !present {
		return r.bits("timeStamp")
	}
	inner := &reader{input: wrapped}
	token := inner.bits("timeStamp")
	r.err = inner.err
	return token
}

func (r *reader) certificate(what string) *x509.Certificate {
	der := r.octets(what)
	if r.err != nil {
		return nil
	}
	cert, err := cms.ParseCertificate(der)
	if err != nil {
		r.fail(what)
	}
	return cert
}
