package trust

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"contractd/signer/cms"
)

// The library that reads OCSP elsewhere knows neither the curve of SM2 nor the digest SM3, so that responses are read here.

var (
	oidBasicResponse = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	errResponse      = errors.New("the response is malformed")
)

// maxResponders is how many certificates of one response are looked at.
const maxResponders = 4

// response is a BasicOCSPResponse (RFC 6960, 4.2.1), read and not yet believed.
type response struct {
	signed     []byte // ResponseData as it was signed.
	algorithm  []byte // AlgorithmIdentifier, DER.
	value      []byte
	produced   time.Time
	responders []*x509.Certificate // That came with it.
	answers    []single
}

// single is a SingleResponse.
type single struct {
	id         certID
	status     status
	since      time.Time // Of the revocation.
	reason     int
	this, next time.Time
	extensions []pkix.Extension
}

type status uint8

const (
	statusGood status = iota
	statusRevoked
	statusUnknown
)

// certID names a certificate by its issuer and number (RFC 6960, 4.1.1).
type certID struct {
	Algorithm pkix.AlgorithmIdentifier
	Name, Key []byte
	Serial    *big.Int
}

var certIDHashes = map[string]crypto.Hash{
	"1.3.14.3.2.26": crypto.SHA1, "2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384, "2.16.840.1.101.3.4.2.3": crypto.SHA512,
	"1.2.156.10197.1.401": cms.SM3,
}

func explicit(n uint8) cbasn1.Tag { return cbasn1.Tag(n).Constructed().ContextSpecific() }

// parseResponse reads an OCSPResponse.
func parseResponse(der []byte) (response, error) {
	input := cryptobyte.String(der)
	var outer, wrapped, bytes, octets, basic cryptobyte.String
	var code int
	if !input.ReadASN1(&outer, cbasn1.SEQUENCE) || !input.Empty() || !outer.ReadASN1Enum(&code) {
		return response{}, errResponse
	}
	if code != 0 {
		return response{}, errors.New("the responder refused to answer")
	}
	var kind asn1.ObjectIdentifier
	if !outer.ReadASN1(&wrapped, explicit(0)) || !wrapped.ReadASN1(&bytes, cbasn1.SEQUENCE) || !bytes.ReadASN1ObjectIdentifier(&kind) ||
		!kind.Equal(oidBasicResponse) || !bytes.ReadASN1(&octets, cbasn1.OCTET_STRING) || !octets.ReadASN1(&basic, cbasn1.SEQUENCE) || !octets.Empty() {
		return response{}, errResponse
	}
	return parseBasic(basic)
}

// parseBasic reads what stands in a BasicOCSPResponse.
func parseBasic(basic cryptobyte.String) (response, error) {
	var r response
	var element, algorithm cryptobyte.String
	var value asn1.BitString
	if !basic.ReadASN1Element(&element, cbasn1.SEQUENCE) || !basic.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) || !basic.ReadASN1BitString(&value) {
		return r, errResponse
	}
	r.signed, r.algorithm, r.value = element, algorithm, value.RightAlign()
	var certificates, list cryptobyte.String
	var present bool
	if !basic.ReadOptionalASN1(&certificates, &present, explicit(0)) || present && !certificates.ReadASN1(&list, cbasn1.SEQUENCE) || !basic.Empty() {
		return r, errResponse
	}
	for !list.Empty() && len(r.responders) < maxResponders {
		var one cryptobyte.String
		if !list.ReadASN1Element(&one, cbasn1.SEQUENCE) {
			return r, errResponse
		}
		if cert, err := cms.ParseCertificate(one); err == nil {
			r.responders = append(r.responders, cert)
		}
	}
	return r, r.data(element)
}

// data reads ResponseData.
func (r *response) data(element cryptobyte.String) error {
	var tbs, responses cryptobyte.String
	if !element.ReadASN1(&tbs, cbasn1.SEQUENCE) || !tbs.SkipOptionalASN1(explicit(0)) || !skipAny(&tbs) ||
		!tbs.ReadASN1GeneralizedTime(&r.produced) || !tbs.ReadASN1(&responses, cbasn1.SEQUENCE) {
		return errResponse
	}
	for !responses.Empty() {
		var one cryptobyte.String
		if !responses.ReadASN1(&one, cbasn1.SEQUENCE) {
			return errResponse
		}
		answer, err := parseSingle(one)
		if err != nil {
			return err
		}
		r.answers = append(r.answers, answer)
	}
	return nil
}

func parseSingle(input cryptobyte.String) (single, error) {
	var s single
	var id, state cryptobyte.String
	var tag cbasn1.Tag
	if !input.ReadASN1Element(&id, cbasn1.SEQUENCE) || !input.ReadAnyASN1(&state, &tag) || !input.ReadASN1GeneralizedTime(&s.this) {
		return s, errResponse
	}
	if rest, err := asn1.Unmarshal(id, &s.id); err != nil || len(rest) > 0 {
		return s, errResponse
	}
	switch tag {
	case cbasn1.Tag(0).ContextSpecific():
		s.status = statusGood
	case explicit(1):
		s.status = statusRevoked
		var reason cryptobyte.String
		var present bool
		if !state.ReadASN1GeneralizedTime(&s.since) || !state.ReadOptionalASN1(&reason, &present, explicit(0)) || present && !reason.ReadASN1Enum(&s.reason) {
			return s, errResponse
		}
	case cbasn1.Tag(2).ContextSpecific():
		s.status = statusUnknown
	default:
		return s, errResponse
	}
	return s, s.optional(input)
}

// optional reads nextUpdate and the extensions.
func (s *single) optional(input cryptobyte.String) error {
	var next, extensions cryptobyte.String
	var has, more bool
	if !input.ReadOptionalASN1(&next, &has, explicit(0)) || has && !next.ReadASN1GeneralizedTime(&s.next) ||
		!input.ReadOptionalASN1(&extensions, &more, explicit(1)) || !input.Empty() {
		return errResponse
	}
	if !more {
		return nil
	}
	if rest, err := asn1.Unmarshal(extensions, &s.extensions); err != nil || len(rest) > 0 {
		return errResponse
	}
	return nil
}
