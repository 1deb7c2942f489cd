package workflow

// Reason is a typed code for why a verdict is not "passed". The sentences that suppliers and operators
// read stand in package templates, one for each constant and language.
type Reason string

// Reasons about the file as a whole.
const (
	ReasonNoSignature      Reason = "no-signature"      // 找不到可验证的签名: the file carries none.
	ReasonNotPDF           Reason = "not-a-pdf"         // The content is something else.
	ReasonEncrypted        Reason = "encrypted"         // A password or certificate protects the file.
	ReasonDamaged          Reason = "needs-repair"      // Readers would have to reconstruct it; we never do.
	ReasonLimit            Reason = "could-not-be-read" // It exceeds a limit, or reading took too long.
	ReasonJunk             Reason = "trailing-data"     // Bytes that belong to no revision.
	ReasonRevision         Reason = "broken-revision"   // A revision does not chain properly to the one before.
	ReasonHiddenObjects    Reason = "hidden-objects"    // Object bytes that no cross-reference names.
	ReasonHybridConflict   Reason = "hybrid-conflict"   // Two cross-references disagree about an object.
	ReasonOrphanSignature  Reason = "orphan-signature"  // A signature that no form field leads to.
	ReasonSignatureRemoved Reason = "signature-removed" // A signature that was there is no longer reachable.
)

// Reasons about one signature's structure and cryptography.
const (
	ReasonByteRange       Reason = "byte-range"            // The byte range is missing, malformed, or leaves out more than its own value.
	ReasonCoverage        Reason = "partial-coverage"      // It does not end at the end of a revision.
	ReasonContents        Reason = "contents"              // The value is missing, or followed by something other than zero bytes.
	ReasonCMS             Reason = "malformed-signature"   // The CMS structure cannot be read or is not what it must be.
	ReasonDigest          Reason = "altered"               // The signed bytes are not those that were signed.
	ReasonSignatureValue  Reason = "bad-signature"         // The value does not verify under the signer's key.
	ReasonSignerUnclear   Reason = "signer-unclear"        // The certificate named is not the one that signed.
	ReasonWeakAlgorithm   Reason = "weak-algorithm"        // MD5, SHA-1, short keys.
	ReasonUnsupported     Reason = "unsupported-algorithm" // Named, not judged.
	ReasonSubFilter       Reason = "unsupported-subfilter" // The signature's format is not one that we judge.
	ReasonSharedValue     Reason = "shared-signature"      // A later field or widget points at an earlier signature.
	ReasonDictionary      Reason = "signature-rewritten"   // The signature dictionary changed after signing.
	ReasonMultipleCertify Reason = "second-certification"  // More than one certification, or not the first.
)

// Reasons about what came after a signature.
const (
	ReasonChangedPage Reason = "changed-page"       // A page's content is not what was signed.
	ReasonPages       Reason = "changed-page-count" // Pages were added, removed, or re-ordered.
	ReasonFormChanged Reason = "changed-form"       // A field's value or appearance changed.
	ReasonAnnotation  Reason = "annotation-added"   // Text, note, link, file or drawing was put on a page.
	ReasonStructure   Reason = "changed-structure"  // The document's catalog or structure changed.
	ReasonActive      Reason = "active-content"     // JavaScript or an action was added.
	ReasonLock        Reason = "lock-violated"      // A certification or field lock forbids the change.
	ReasonUnexplained Reason = "unexplained-change" // No rule explains the change; a person must look.
	ReasonMarkHidden  Reason = "conditional-mark"   // A mark shows differently on screen and on paper.
	ReasonMarkSize    Reason = "oversized-mark"     // A mark is larger than a seal.
	ReasonCovers      Reason = "covers-content"     // A mark hides what was printed below it.
	ReasonSeen        Reason = "seen-difference"    // A page looks different where no mark stands.
	ReasonReaders     Reason = "parser-difference"  // Another PDF reader finds other pages, signatures or content.
	ReasonStatement   Reason = "signer-statement"   // The signer signed words that we do not know.
	ReasonNewMark     Reason = "new-mark"           // A mark's picture is not known as this supplier's.
	ReasonValidation  Reason = "validation-data"    // The DSS or a document timestamp is malformed.
)

// Reasons about the contract: what was sent against what came back.
const (
	ReasonNotOurs     Reason = "not-our-document"  // It does not begin with anything that we sent.
	ReasonScanned     Reason = "scanned"           // Pages with our QR code and without any electronic signature: printed, signed with a pen, scanned.
	ReasonRewritten   Reason = "rewritten"         // Ours, but a tool saved it as a new file.
	ReasonSignedDraft Reason = "signed-the-draft"  // The file without our seals was signed.
	ReasonSuperseded  Reason = "superseded"        // An earlier or withdrawn version was signed.
	ReasonUnchanged   Reason = "not-signed"        // Exactly what we sent came back, without a signature of theirs.
	ReasonRoleMissing Reason = "role-missing"      // A required role has not signed.
	ReasonSeparate    Reason = "signed-separately" // Each role signed a copy of its own.
	ReasonWrongSigner Reason = "wrong-signer"      // Signed, but not by the supplier this contract was sent to.
	ReasonUnknown     Reason = "unknown-signer"    // Trusted, but not yet known as this supplier's.
	ReasonAmbiguous   Reason = "ambiguous-match"   // Evidence points at different contracts.
)

// Reasons about trust and time.
const (
	ReasonUntrusted      Reason = "untrusted"           // The chain leads to no configured anchor.
	ReasonExpired        Reason = "certificate-expired" // Not valid at the time judged.
	ReasonNotYetValid    Reason = "certificate-not-yet-valid"
	ReasonKeyUsage       Reason = "certificate-usage" // The certificate is not for signing documents.
	ReasonTimestamp      Reason = "bad-timestamp"     // The timestamp does not belong to this signature, or is broken.
	ReasonTimestampTrust Reason = "untrusted-timestamp"
	ReasonRevoked        Reason = "certificate-revoked"
	ReasonNotKnownGood   Reason = "revocation-unknown" // Nobody entitled says whether the certificate was revoked, and policy requires it.
)

// Reasons lists every reason; templates must have sentences for all of them.
var Reasons = []Reason{
	ReasonNoSignature, ReasonNotPDF, ReasonEncrypted, ReasonDamaged, ReasonLimit, ReasonJunk, ReasonRevision,
	ReasonHiddenObjects, ReasonHybridConflict, ReasonOrphanSignature, ReasonSignatureRemoved,
	ReasonByteRange, ReasonCoverage, ReasonContents, ReasonCMS, ReasonDigest, ReasonSignatureValue,
	ReasonSignerUnclear, ReasonWeakAlgorithm, ReasonUnsupported, ReasonSubFilter, ReasonSharedValue,
	ReasonDictionary, ReasonMultipleCertify,
	ReasonChangedPage, ReasonPages, ReasonFormChanged, ReasonAnnotation, ReasonStructure, ReasonActive, ReasonLock,
	ReasonUnexplained, ReasonMarkHidden, ReasonMarkSize, ReasonCovers, ReasonSeen, ReasonReaders, ReasonStatement, ReasonNewMark, ReasonValidation,
	ReasonNotOurs, ReasonScanned, ReasonRewritten, ReasonSignedDraft, ReasonSuperseded, ReasonUnchanged, ReasonRoleMissing, ReasonSeparate,
	ReasonWrongSigner, ReasonUnknown, ReasonAmbiguous,
	ReasonUntrusted, ReasonExpired, ReasonNotYetValid, ReasonKeyUsage, ReasonTimestamp, ReasonTimestampTrust, ReasonRevoked,
	ReasonNotKnownGood,
}
