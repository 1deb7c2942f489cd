package cms

// Code says what is wrong with one SignedData.
type Code string

// The codes of Check. Only Unsupported leaves the question open; every other one proves that the signature does not
// hold for the content or the certificate.
const (
	NotDetached         Code = "not-detached"          // Content of its own stands inside a signature that must be detached.
	ContentType         Code = "content-type"          // The content-type attribute is missing, doubled or names another type.
	MessageDigest       Code = "message-digest"        // The message-digest attribute is missing, doubled or of other content.
	SignatureValue      Code = "signature-value"       // The signature value is not that of the signer's key over these attributes.
	NoCertificate       Code = "no-certificate"        // The certificate that the signer names is not there.
	AmbiguousSigner     Code = "ambiguous-signer"      // Several different certificates bear the name that the signer gives.
	SignerMismatch      Code = "signer-mismatch"       // ESS signing-certificate names another certificate.
	MissingESS          Code = "missing-ess"           // ESS signing-certificate is required by the caller and absent.
	AlgorithmProtection Code = "algorithm-protection"  // RFC 6211: the protected algorithms are not the ones used.
	AttributesAbsent    Code = "attributes-absent"     // No signed attributes although the content type is not id-data.
	AttributeForm       Code = "attribute-form"        // An attribute is repeated or cannot be read.
	Unsupported         Code = "unsupported-algorithm" // The algorithm named in Detail is not supported; nothing is proven either way.
)

// Finding is one thing that is wrong.
type Finding struct {
	Code   Code
	Detail string // For operators: names the algorithm, the attribute, the cause.
}

// Findings is all that Check found; empty means that the signature holds.
type Findings []Finding

// Has reports whether one of the findings has that code.
func (f Findings) Has(code Code) bool {
	for _, finding := range f {
		if finding.Code == code {
			return true
		}
	}
	return false
}

// Unsupported reports whether unsupported algorithms are the only thing found.
func (f Findings) Unsupported() bool {
	for _, finding := range f {
		if finding.Code != Unsupported {
			return false
		}
	}
	return len(f) > 0
}
