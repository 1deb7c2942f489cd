package token

import "fmt"

// mechanismNames are those that sign or digest for signing; vendors' own have no names.
var mechanismNames = map[uint]string{
	0x0001: "RSA_PKCS", 0x000d: "RSA_PKCS_PSS", 0x0040: "SHA256_RSA_PKCS", 0x0041: "SHA384_RSA_PKCS", 0x0042: "SHA512_RSA_PKCS",
	0x0043: "SHA256_RSA_PKCS_PSS", 0x0044: "SHA384_RSA_PKCS_PSS", 0x0045: "SHA512_RSA_PKCS_PSS",
	0x0250: "SHA256", 0x0260: "SHA384", 0x0270: "SHA512",
	0x1041: "ECDSA", 0x1042: "ECDSA_SHA1", 0x1044: "ECDSA_SHA256", 0x1045: "ECDSA_SHA384", 0x1046: "ECDSA_SHA512", 0x1057: "EDDSA",
}

// MechanismName is the name of a mechanism without CKM_, or its number where it has none here.
func MechanismName(mechanism uint) string {
	if name, ok := mechanismNames[mechanism]; ok {
		return name
	}
	return fmt.Sprintf("0x%08X", mechanism)
}
