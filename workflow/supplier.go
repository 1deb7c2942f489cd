package workflow

import "time"

// Language is the language of a letter.
type Language string

const (
	Chinese Language = "zh-CN" // 简体中文
	English Language = "en"    // English
)

// Supplier is a counterparty: whom we mail, and the certificates it signs with.
type Supplier struct {
	Schema    int        `json:"schema"`
	Revision  uint64     `json:"revision"`
	ID        SupplierID `json:"id"`
	Name      string     `json:"name"` // As in contracts, usually Chinese.
	Language  Language   `json:"language"`
	Addresses []string   `json:"addresses"`         // Where contracts go; the first is the main one.
	Copies    []string   `json:"copies,omitempty"`  // Who gets a copy.
	Signers   []Signer   `json:"signers,omitempty"` // The certificates that are expected.
	Marks     []Hash     `json:"marks,omitempty"`   // Pictures in their marks that a person has seen and approved; Mark.Picture.
	Required  []Role     `json:"required"`          // Roles that must have signed.
	Archive   string     `json:"archive,omitempty"` // "automatic", "confirm", or empty for the general policy.
	Created   time.Time  `json:"created"`
}

// Signer is a certificate holder whom we expect, by pinned key or by organisation.
type Signer struct {
	Role         Role   `json:"role"`
	Name         string `json:"name,omitempty"`         // Common name, for people.
	Organization string `json:"organization,omitempty"` // Must equal the certificate's organisation.
	Code         string `json:"code,omitempty"`         // 统一社会信用代码; must be found in the certificate.
	Keys         []Hash `json:"keys,omitempty"`         // SHA-256 of the SubjectPublicKeyInfo; any one matches.
}
