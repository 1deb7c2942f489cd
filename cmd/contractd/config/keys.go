package config

import "contractd/workflow"

// Key is a private key with its certificate.
type Key struct {
	Name         string        `toml:"name"` // unique; `--key NAME` and seal.marks refer to it
	Role         workflow.Role `toml:"role"`
	Kind         KeyKind       `toml:"kind"`
	PIN          Secret        `toml:"pin"`           // of the token, or the password of the file; for a token, empty means `token login`
	File         string        `toml:"file"`          // softkey: PKCS#12 or PEM
	Module       string        `toml:"module"`        // pkcs11: the vendor's shared library
	Token        string        `toml:"token"`         // pkcs11: label of the token
	Serial       string        `toml:"serial"`        // pkcs11: serial number of the token
	Object       string        `toml:"object"`        // pkcs11: CKA_LABEL of the private key; empty means any
	ID           HexID         `toml:"id"`            // pkcs11: CKA_ID of the private key; empty means any
	Sessions     int           `toml:"sessions"`      // pkcs11: how many signatures it makes at once
	SM2Mechanism uint32        `toml:"sm2_mechanism"` // pkcs11: the vendor's mechanism (CKM_…) for SM2; 0 means none
	SM2Input     SM2Input      `toml:"sm2_input"`     // pkcs11: what that takes
	SM2Signature SM2Signature  `toml:"sm2_signature"` // pkcs11: what that returns
	Certificate  string        `toml:"certificate"`   // PEM or DER; empty means the one that lies beside the key
	Chain        string        `toml:"chain"`         // PEM file of the certificates above it
}

// KeyKind says where a key lives.
type KeyKind string

// The places of keys.
const (
	KindSoftkey KeyKind = "softkey" // A PKCS#12 or PEM file, for development and small users.
	KindPKCS11  KeyKind = "pkcs11"  // A token behind a PKCS#11 module.
)

// Seal says how our seals look and what kind of signature carries them.
type Seal struct {
	Level     Level     `toml:"level"`
	SubFilter SubFilter `toml:"subfilter"`
	Shadow    Shadow    `toml:"shadow"`
	Reason    string    `toml:"reason"`
	Location  string    `toml:"location"`
	SM2CMS    SM2CMS    `toml:"sm2_cms"`  // how signatures of SM2 keys are encoded
	Certify   int       `toml:"certify"`  // 2 or 3: our first signature certifies the contract; 0 means none does
	Lock      string    `toml:"lock"`     // fields that our last signature locks: all, include:NAME,… or exclude:NAME,…; empty means none
	Font      string    `toml:"font"`     // a TrueType or OpenType file; empty means the first Chinese one found
	Separate  bool      `toml:"separate"` // a signature for each mark
	Marks     []Mark    `toml:"marks"`    // in the order of signing
	QR        QR        `toml:"qr"`
	Fields    []Field   `toml:"fields"` // for the supplier's signatures
}

// Mark is one seal of ours: which key signs, and what shows where. X and Y are millimetres from the lower left corner
// of the page as seen to that of the mark.
type Mark struct {
	Key     string      `toml:"key"`
	Visible bool        `toml:"visible"`
	Image   string      `toml:"image"` // PNG, SVG or JPEG; empty means a mark of text, or Appearance or Generate
	Page    Page        `toml:"page"`
	X       Millimetres `toml:"x"`
	Y       Millimetres `toml:"y"`
	Size    Millimetres `toml:"size"` // the longer side of the image

	At    string `toml:"at"`    // in place of X and Y: by keyword, into a field, into white space; cli reads it. Empty means X and Y
	Clear bool   `toml:"clear"` // refuse a place where the mark would cover ink

	Appearance string              `toml:"appearance"` // a named seal of the store, in place of Image and Size
	Generate   string              `toml:"generate"`   // company or personal: a seal for trials in the certificate's name, in place of Image
	Lines      []workflow.SealLine `toml:"lines"`      // text below the picture, or NoLine alone; empty means all, or what the appearance says

	Kind  SealKind `toml:"kind"`
	Pages string   `toml:"pages"` // of the kinds pages and riding: all, odd, even, first, last, numbers and ranges

	Edge     Edge         `toml:"edge"`   // of the kind riding, as all that follows
	Along    *Millimetres `toml:"along"`  // from the lower or left end of the edge; nil means in its middle
	First    float64      `toml:"first"`  // share of the picture on the first page; 0 means as much as on the others
	Slices   int          `toml:"slices"` // at most so many of one picture
	TwoSided bool         `toml:"two_sided"`
	Single   SinglePage   `toml:"single"`
}

// NoLine in Mark.Lines says that no text stands below the picture.
const NoLine workflow.SealLine = "none"

// Level is a PAdES baseline level (ETSI EN 319 142-1, 5).
type Level string

// The levels. What is mailed ends with our last signature, so that its own level is B-T at most.
const (
	LevelBB   Level = "B-B"   // signature only
	LevelBT   Level = "B-T"   // with a signature timestamp
	LevelBLT  Level = "B-LT"  // and, kept beside, all that is needed to judge it later
	LevelBLTA Level = "B-LTA" // and a document timestamp over that
)

// SubFilter is the encoding of our signatures.
type SubFilter string

// The encodings.
const (
	SubFilterPKCS7 SubFilter = "pkcs7" // adbe.pkcs7.detached with an ESS certificate id: what every client reads
	SubFilterCAdES SubFilter = "cades" // ETSI.CAdES.detached
)

// SM2CMS is the encoding of signatures with SM2.
type SM2CMS string

// The encodings with SM2.
const (
	SM2PKCS7   SM2CMS = "pkcs7"   // like all other signatures, with the OIDs of PKCS#7
	SM2GMT0010 SM2CMS = "gmt0010" // GM.sm2cms.detached, with the content types of GM/T 0010 (GB/T 35275)
)

// Outage says what becomes of a contract when no timestamp authority answers.
type Outage string

// The policies.
const (
	OutageHold    Outage = "hold"       // It waits, unsealed by that key: nothing leaves unstamped.
	OutageDegrade Outage = "degrade"    // It is sealed without a timestamp, which is recorded and shown.
	OutageFill    Outage = "fill-later" // It is sealed, and waits for its timestamp before anything else is done with it.
)

// SM2Input is what a vendor's mechanism for SM2 takes.
type SM2Input string

// The inputs.
const (
	SM2Digest  SM2Input = "digest"  // SM3(Z ‖ message), made by contractd
	SM2Message SM2Input = "message" // the message; the token digests
)

// SM2Signature is what a vendor's mechanism for SM2 returns.
type SM2Signature string

// The signatures.
const (
	SM2Raw SM2Signature = "raw" // r ‖ s
	SM2DER SM2Signature = "der" // as it stands in certificates
)

func (SM2Input) choices() []string     { return []string{"digest", "message"} }
func (SM2Signature) choices() []string { return []string{"raw", "der"} }
func (SM2CMS) choices() []string       { return []string{"pkcs7", "gmt0010"} }
func (Outage) choices() []string       { return []string{"hold", "degrade", "fill-later"} }

// Timestamp names the timestamp authorities.
type Timestamp struct {
	URLs     []string `toml:"urls"`   // tried in order
	Outage   Outage   `toml:"outage"` // when none of them answers
	Roots    []string `toml:"roots"`  // PEM files or folders of them; their own anchors, never those of [trust]
	Timeout  Duration `toml:"timeout"`
	User     string   `toml:"user"` // of HTTP Basic authentication; empty means none
	Password Secret   `toml:"password"`
}

// Trust names the anchors of signers' certificates; the system's are never used.
type Trust struct {
	Roots         []string   `toml:"roots"`         // PEM files or folders of them
	Intermediates []string   `toml:"intermediates"` // the same, of authorities that signers' files do not carry; they are not trusted by lying there
	Revocation    Revocation `toml:"revocation"`
	IssuerHosts   []string   `toml:"issuer_hosts"`  // from which missing intermediates may be fetched
	PrivateHosts  []string   `toml:"private_hosts"` // of certificates' addresses that may lead into the house's own network

	IdentityExtensions []string `toml:"identity_extensions"` // OIDs of further extensions that carry identity numbers
}

// Revocation says how much depends on whether a certificate was revoked.
type Revocation string

// The policies.
const (
	RevocationRequire    Revocation = "require"     // What is not known to be good waits for a person.
	RevocationBestEffort Revocation = "best-effort" // What is known counts; what is not is noted.
	RevocationOff        Revocation = "off"         // Nobody is asked, nothing is read.
)

func (Revocation) choices() []string { return []string{"require", "best-effort", "off"} }

// Shadow says what is made of a draft that holds what may show something else later: scripts, hidden layers, overlays.
type Shadow string

// The two ways with such drafts.
const (
	ShadowWarn   Shadow = "warn"   // It is told, and sealed.
	ShadowRefuse Shadow = "refuse" // It is not sealed.
)

func (Shadow) choices() []string    { return []string{"warn", "refuse"} }
func (KeyKind) choices() []string   { return []string{"softkey", "pkcs11"} }
func (Level) choices() []string     { return []string{"B-B", "B-T", "B-LT", "B-LTA"} }
func (SubFilter) choices() []string { return []string{"pkcs7", "cades"} }
