package workflow

import (
	"regexp"
	"strings"
)

// codeForm begins every QR code of ours; its number counts the forms.
const codeForm = "contractd:1:"

var codeText = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// QRText returns what the QR code on a contract says. A number has no colon (CheckNumber).
func QRText(number, code string) string { return codeForm + number + ":" + code }

// ParseQR reads a QR code; false where it is none of ours. Anybody can print one: it says which contract a page claims to
// be of, and proves nothing.
func ParseQR(text string) (number, code string, ok bool) {
	rest, ours := strings.CutPrefix(text, codeForm)
	number, code, split := strings.Cut(rest, ":")
	if !ours || !split || CheckNumber(number) != nil || !codeText.MatchString(code) {
		return "", "", false
	}
	return number, code, true
}

// Code is the verification code of this version of the contract, which its QR code carries beside the number. It follows from
// the id, which nobody outside can guess: who knows it has seen the document.
func (c *Contract) Code() string {
	digest := HashOf([]byte("contractd verification code " + string(c.ID)))
	return digest.String()[:12]
}

// Plus returns the address at which answers about a contract arrive where the mail server delivers what stands behind a plus to
// the same mailbox: name+id@domain.
func Plus(address string, id ContractID) string {
	name, domain, ok := strings.Cut(address, "@")
	if !ok || id == "" {
		return address
	}
	return name + "+" + string(id) + "@" + domain
}

// SplitPlus is the other way: the address, and what stands behind the plus.
func SplitPlus(address string) (base, behind string) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address, ""
	}
	name, behind, ok := strings.Cut(address[:at], "+")
	if !ok {
		return address, ""
	}
	return name + address[at:], behind
}
