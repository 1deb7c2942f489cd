package cms

import (
	"crypto"
	"encoding/asn1"
)

// Algorithm is an AlgorithmIdentifier with the name that people know it by.
type Algorithm struct {
	OID        asn1.ObjectIdentifier
	Name       string      // "SHA-256", "RSASSA-PSS", "SM2 with SM3"; the dotted OID when unknown.
	Hash       crypto.Hash // The digest it is or uses; 0 when none or not supported.
	Parameters []byte      // DER, nil when absent.
}
