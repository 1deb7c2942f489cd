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
	beyond, unreadable, err := beyondIt(file)
	if err != nil {
		return Opinion{Unread: true, Detail: err.Error()}
	}
	response, err := verify.VerifyWithOptions(bytes.NewReader(file), int64(len(file)), options)
	if err != nil {
		return Opinion{Detail: err.Error()}
	}
	opinion := Opinion{Signers: len(response.Signers) + unreadable, Detail: response.Error}
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

// beyondIt walks the signatures in the order of the verifier, and says which of them it cannot judge. Those whose CMS
// it cannot read, and passes over in silence, are counted apart.
func beyondIt(file []byte) (beyond []bool, unreadable int, err error) {
	reader, err := pdf.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, 0, err
	}
	for _, entry := range reader.Xref() {
		value := reader.Resolve(entry.Ptr(), entry.Ptr())
		if value.Key("Filter").Name() != "Adobe.PPKLite" {
			continue
		}
		message, err := pkcs7.Parse([]byte(value.Key("Contents").RawString()))
		if err != nil {
			unreadable++
			continue
		}
		cannot := value.Key("SubFilter").Name() == "ETSI.RFC3161"
		for _, s := range message.Signers {
			cannot = cannot || s.DigestEncryptionAlgorithm.Algorithm.Equal(rsassaPSS)
		}
		beyond = append(beyond, cannot)
	}
	return beyond, unreadable, nil
}
