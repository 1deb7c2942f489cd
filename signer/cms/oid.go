package cms

import (
	"crypto"
	_ "crypto/md5"  // Registered so that policy, not ignorance, refuses it.
	_ "crypto/sha1" // Likewise.
	_ "crypto/sha256"
	_ "crypto/sha3"
	_ "crypto/sha512"
	"encoding/asn1"
)

// Content types (RFC 5652, 4 and 5; GB/T 35275).
var (
	OIDData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	OIDSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	OIDTSTInfo    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	OIDGMData     = asn1.ObjectIdentifier{1, 2, 156, 10197, 6, 1, 4, 2, 1}
	OIDGMSigned   = asn1.ObjectIdentifier{1, 2, 156, 10197, 6, 1, 4, 2, 2}
)

// Attributes (RFC 5652, 11; RFC 5035; RFC 6211; RFC 3161, appendix A; ISO 32000-2, 12.8.3.3.2; EN 319 122-1, 5.2).
var (
	OIDContentType          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	OIDMessageDigest        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	OIDSigningTime          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	OIDSigningCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	OIDSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	OIDTimestampToken       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	OIDSignaturePolicy      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 15}
	OIDCommitmentType       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 16}
	OIDAlgorithmProtection  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 52}
	OIDRevocationInfo       = asn1.ObjectIdentifier{1, 2, 840, 113583, 1, 1, 8}
)

var (
	oidRSA     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidMGF1    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
	oidPSS     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidSM2     = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 501}
	oidEC      = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidEd25519 = asn1.ObjectIdentifier{1, 3, 101, 112}
)

// digests are the digest algorithms by OID (RFC 5754, RFC 8702, GM/T 0006).
var digests = map[string]Algorithm{
	"1.2.840.113549.2.5":      {Name: "MD5", Hash: crypto.MD5},
	"1.3.14.3.2.26":           {Name: "SHA-1", Hash: crypto.SHA1},
	"2.16.840.1.101.3.4.2.4":  {Name: "SHA-224", Hash: crypto.SHA224},
	"2.16.840.1.101.3.4.2.1":  {Name: "SHA-256", Hash: crypto.SHA256},
	"2.16.840.1.101.3.4.2.2":  {Name: "SHA-384", Hash: crypto.SHA384},
	"2.16.840.1.101.3.4.2.3":  {Name: "SHA-512", Hash: crypto.SHA512},
	"2.16.840.1.101.3.4.2.6":  {Name: "SHA-512/256", Hash: crypto.SHA512_256},
	"2.16.840.1.101.3.4.2.8":  {Name: "SHA3-256", Hash: crypto.SHA3_256},
	"2.16.840.1.101.3.4.2.9":  {Name: "SHA3-384", Hash: crypto.SHA3_384},
	"2.16.840.1.101.3.4.2.10": {Name: "SHA3-512", Hash: crypto.SHA3_512},
	"2.16.840.1.101.3.4.2.12": {Name: "SHAKE256"},
	"2.16.840.1.101.3.4.2.18": {Name: "SHAKE256 with length"},
	"1.3.36.3.2.1":            {Name: "RIPEMD-160"},
	"1.2.156.10197.1.401":     {Name: "SM3", Hash: SM3},
}

// family is how a signature algorithm works.
type family int

const (
	unsupported family = iota
	pkcs1
	pss
	ecdsaFamily
	ed25519Family
	sm2Family
)

type signatureEntry struct {
	name   string
	family family
	hash   crypto.Hash // 0: the digestAlgorithm of the SignerInfo.
}

// signatures are the signature algorithms by OID (RFC 5754, 4056, 5758, 8419, 8702; FIPS 204; GM/T 0006).
var signatures = map[string]signatureEntry{
	"1.2.840.113549.1.1.1":    {"RSA", pkcs1, 0},
	"1.2.840.113549.1.1.4":    {"MD5 with RSA", pkcs1, crypto.MD5},
	"1.2.840.113549.1.1.5":    {"SHA-1 with RSA", pkcs1, crypto.SHA1},
	"1.3.14.3.2.29":           {"SHA-1 with RSA", pkcs1, crypto.SHA1},
	"1.2.840.113549.1.1.14":   {"SHA-224 with RSA", pkcs1, crypto.SHA224},
	"1.2.840.113549.1.1.11":   {"SHA-256 with RSA", pkcs1, crypto.SHA256},
	"1.2.840.113549.1.1.12":   {"SHA-384 with RSA", pkcs1, crypto.SHA384},
	"1.2.840.113549.1.1.13":   {"SHA-512 with RSA", pkcs1, crypto.SHA512},
	"2.16.840.1.101.3.4.3.14": {"SHA3-256 with RSA", pkcs1, crypto.SHA3_256},
	"2.16.840.1.101.3.4.3.15": {"SHA3-384 with RSA", pkcs1, crypto.SHA3_384},
	"2.16.840.1.101.3.4.3.16": {"SHA3-512 with RSA", pkcs1, crypto.SHA3_512},
	"1.2.840.113549.1.1.10":   {"RSASSA-PSS", pss, 0},
	"1.2.840.10045.2.1":       {"ECDSA", ecdsaFamily, 0},
	"1.2.840.10045.4.1":       {"ECDSA with SHA-1", ecdsaFamily, crypto.SHA1},
	"1.2.840.10045.4.3.1":     {"ECDSA with SHA-224", ecdsaFamily, crypto.SHA224},
	"1.2.840.10045.4.3.2":     {"ECDSA with SHA-256", ecdsaFamily, crypto.SHA256},
	"1.2.840.10045.4.3.3":     {"ECDSA with SHA-384", ecdsaFamily, crypto.SHA384},
	"1.2.840.10045.4.3.4":     {"ECDSA with SHA-512", ecdsaFamily, crypto.SHA512},
	"2.16.840.1.101.3.4.3.10": {"ECDSA with SHA3-256", ecdsaFamily, crypto.SHA3_256},
	"2.16.840.1.101.3.4.3.11": {"ECDSA with SHA3-384", ecdsaFamily, crypto.SHA3_384},
	"2.16.840.1.101.3.4.3.12": {"ECDSA with SHA3-512", ecdsaFamily, crypto.SHA3_512},
	"1.3.101.112":             {"Ed25519", ed25519Family, 0},
	"1.3.101.113":             {name: "Ed448"},
	"1.2.840.10040.4.1":       {name: "DSA"},
	"1.2.840.10040.4.3":       {name: "DSA with SHA-1"},
	"2.16.840.1.101.3.4.3.1":  {name: "DSA with SHA-224"},
	"2.16.840.1.101.3.4.3.2":  {name: "DSA with SHA-256"},
	"2.16.840.1.101.3.4.3.3":  {name: "DSA with SHA-384"},
	"2.16.840.1.101.3.4.3.4":  {name: "DSA with SHA-512"},
	"2.16.840.1.101.3.4.3.17": {name: "ML-DSA-44"},
	"2.16.840.1.101.3.4.3.18": {name: "ML-DSA-65"},
	"2.16.840.1.101.3.4.3.19": {name: "ML-DSA-87"},
	"1.2.156.10197.1.301":     {"SM2", sm2Family, SM3},
	"1.2.156.10197.1.301.1":   {"SM2", sm2Family, SM3},
	"1.2.156.10197.1.501":     {"SM2 with SM3", sm2Family, SM3},
	"1.2.156.10197.1.504":     {name: "RSA with SM3"},
}
