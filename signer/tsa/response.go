package tsa

import (
	"crypto"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"unicode"

	"contractd/signer/cms"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

const maxStatusText = 200 // Runes of a stranger's words in an error.

// request encodes TimeStampReq with certReq set (RFC 3161, 2.4.1).
func request(imprint []byte, h crypto.Hash, nonce *big.Int) ([]byte, error) {
	digest, err := cms.DigestDER(h)
	if err != nil {
		return nil, err
	}
	if len(imprint) != cms.DigestSize(h) {
		return nil, fmt.Errorf("imprint of %d octets is none of %v", len(imprint), h)
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(digest)
			b.AddASN1OctetString(imprint)
		})
		b.AddASN1BigInt(nonce)
		b.AddASN1Boolean(true)
	})
	return b.Bytes()
}

// parseResponse takes the token out of TimeStampResp (RFC 3161, 2.4.2).
func parseResponse(der []byte) ([]byte, error) {
	input := cryptobyte.String(der)
	var response, status, token cryptobyte.String
	var code int
	if !input.ReadASN1(&response, cbasn1.SEQUENCE) || !input.Empty() ||
		!response.ReadASN1(&status, cbasn1.SEQUENCE) || !status.ReadASN1Integer(&code) {
		return nil, errors.New("the answer is not a timestamp response")
	}
	// 0 is granted, 1 granted with modifications; the rest are refusals.
	if code != 0 && code != 1 {
		return nil, fmt.Errorf("refused with status %d%s", code, statusText(status))
	}
	if !response.ReadASN1Element(&token, cbasn1.SEQUENCE) || !response.Empty() {
		return nil, errors.New("the answer grants a timestamp and holds none")
	}
	if len(token) > MaxToken {
		return nil, fmt.Errorf("the token is longer than %d octets", MaxToken)
	}
	return token, nil
}

// statusText reads PKIFreeText and the failure bits, both optional.
func statusText(status cryptobyte.String) string {
	var texts cryptobyte.String
	var words []string
	if status.PeekASN1Tag(cbasn1.SEQUENCE) && status.ReadASN1(&texts, cbasn1.SEQUENCE) {
		for !texts.Empty() {
			var text cryptobyte.String
			if !texts.ReadASN1(&text, cbasn1.UTF8String) {
				break
			}
			words = append(words, printable(string(text)))
		}
	}
	var bits []byte
	if status.PeekASN1Tag(cbasn1.BIT_STRING) && len(status) > 3 && status.ReadASN1Element(&texts, cbasn1.BIT_STRING) {
		bits = texts[3:]
	}
	for i, b := range bits {
		for bit := range 8 {
			if b&(0x80>>bit) != 0 {
				words = append(words, failure(i*8+bit))
			}
		}
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, ", ")
}

// failure names a bit of PKIFailureInfo.
func failure(bit int) string {
	names := map[int]string{
		0: "badAlg", 2: "badRequest", 5: "badDataFormat", 14: "timeNotAvailable", 15: "unacceptedPolicy",
		16: "unacceptedExtension", 17: "addInfoNotAvailable", 25: "systemFailure",
	}
	if name, ok := names[bit]; ok {
		return name
	}
	return fmt.Sprintf("failure %d", bit)
}

func printable(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(s, "?") {
		if n++; n > maxStatusText {
			break
		}
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}
