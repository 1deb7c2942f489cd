package mailbox

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxAddresses is how many addresses of one message are kept; a list of thousands says nothing to us.
const maxAddresses = 100

var (
	quotedText  = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	bareAddress = regexp.MustCompile(`[^\s<>,;:"'()\[\]]+@[^\s<>,;:"'()@]+`)
)

// addresses returns the addresses in address fields, without names, their domains in lower case. Where the standard
// library refuses a field (raw GBK in names, missing commas), what looks like an address is taken.
func addresses(fields []string) []string {
	var found []string
	for _, value := range fields {
		list, err := mail.ParseAddressList(value)
		for _, address := range list {
			found = append(found, lowerDomain(address.Address))
		}
		if err == nil {
			continue
		}
		for _, address := range bareAddress.FindAllString(quotedText.ReplaceAllString(value, " "), maxAddresses) {
			found = append(found, lowerDomain(address))
		}
	}
	return unique(found, maxAddresses)
}

// recipients returns whom a message was for: what the fields say, then where servers say that they put it.
func recipients(head header) []string {
	var fields []string
	for _, name := range []string{"To", "Cc", "Delivered-To", "X-Original-To"} {
		fields = append(fields, head.values(name)...)
	}
	return addresses(fields)
}

func lowerDomain(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	return address[:at] + strings.ToLower(address[at:])
}

// unique keeps the first of each, at most limit.
func unique(all []string, limit int) []string {
	var once []string
	for _, text := range all {
		if len(once) < limit && !slices.Contains(once, text) {
			once = append(once, text)
		}
	}
	return once
}

var messageID = regexp.MustCompile(`<([^<>\s]{1,500})>`)

// firstID returns a message's own id without brackets, also where the brackets are missing.
func firstID(value string) string {
	if at := messageID.FindStringSubmatch(value); at != nil {
		return at[1]
	}
	if bare := strings.TrimSpace(value); !strings.ContainsAny(bare, " \t<>") && len(bare) <= 500 {
		return oneLine(bare)
	}
	return ""
}

// references returns the ids that a message answers, In-Reply-To first, then References from the newest.
func references(head header) []string {
	var ids []string
	for _, value := range head.values("In-Reply-To") {
		for _, at := range messageID.FindAllStringSubmatch(value, maxAddresses) {
			ids = append(ids, at[1])
		}
	}
	var older []string
	for _, value := range head.values("References") {
		for _, at := range messageID.FindAllStringSubmatch(value, -1) {
			older = append(older, at[1])
		}
	}
	slices.Reverse(older)
	return unique(append(ids, older...), maxAddresses)
}

// date returns what the Date field claims, or the zero time.
func date(value string) time.Time {
	at, err := mail.ParseDate(value)
	if err != nil {
		return time.Time{}
	}
	return at
}
