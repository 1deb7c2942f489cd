package second

import (
	"bytes"
	"encoding/asn1"
	"fmt"

	"github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/verify"
	"github.com/digitorus/pkcs7"
)

// rsassaPSS is the signature algorithm that the other implementation does not know.
var rsassaPSS = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}

// judge asks the other implementation. That it cannot read the file is an opinion, not an error.
func judge(file []byte) Opinion {
	options := verify.DefaultVerifyOptions()
	options.AllowUntrustedRoots = true // Trust is none of its business here.
	options.ValidateTimestampCertificates = false
	beyond, foreign, err := beyondIt(file)
	if err != nil {
		return Opinion{Unread: true, Detail: err.Error()}
	}
	if len(beyond) == 0 && foreign.unreadable == 0 && foreign.national > 0 {
		return Opinion{Signers: foreign.national, NotJudged: foreign.national} // It would find no signature at all.
	}
	response, err := verify.VerifyWithOptions(bytes.NewReader(file), int64(len(file)), options)
	if err != nil {
		return Opinion{Detail: err.Error()}
	}
	opinion := Opinion{Signers: len(response.Signers) + foreign.unreadable + foreign.national, NotJudged: foreign.national, Detail: response.Error}
	if len(beyond) != len(response.Signers) {
		opinion.Detail = fmt.Sprintf("it names %d signers of %d signatures", len(response.Signers), len(beyond))
		return opinion
	}
	for i, signer := range response.Signers {
		switch {
		case signer.ValidSignature:
			opinion.Valid++
		case beyond[i]:
			opinion.NotJudged++
		}
	}
	return opinion
}

// strangers are signatures that the verifier passes over in silence.
type strangers struct {
	unreadable int // Their CMS cannot be read.
	national   int // They are made with SM2, which it does not know.
}

// national begins the object identifiers of GM/T 0006: SM2, SM3 and the curve of SM2 (1.2.156.10197.1).
var national = []byte{0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01}

// beyondIt walks the signatures in the order of the verifier, and says which of them it cannot judge. Those that it passes
// over are counted apart.
func beyondIt(file []byte) (beyond []bool, foreign strangers, err error) {
	reader, err := pdf.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, foreign, err
	}
	for _, entry := range reader.Xref() {
		value := reader.Resolve(entry.Ptr(), entry.Ptr())
		filter, contents := value.Key("Filter").Name(), []byte(value.Key("Contents").RawString())
		if filter == "DJ.GMPkiLite" {
			foreign.national++
		}
		if filter != "Adobe.PPKLite" {
			continue
		}
		message, err := pkcs7.Parse(contents)
		if err != nil && bytes.Contains(contents, national) {
			foreign.national++
			continue
		}
		if err != nil {
			foreign.unreadable++
			continue
		}
		cannot := value.Key("SubFilter").Name() == "ETSI.RFC3161"
		for _, s := range message.Signers {
			cannot = cannot || s.DigestEncryptionAlgorithm.Algorithm.Equal(rsassaPSS)
		}
		beyond = append(beyond, cannot)
	}
	return beyond, foreign, nil
}
