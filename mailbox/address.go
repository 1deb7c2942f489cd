package mailbox

import (
	"math"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
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

// maxID is longer than any id that a mail program writes, in characters.
const maxID = 500

// messageID does not count to maxID: that would make it some milliseconds dearer at every start of the program.
var messageID = regexp.MustCompile(`<([^<>\s]+)>`)

// bracketed returns the ids of a field, at most limit of them; overlong ones are left out.
func bracketed(value string, limit int) []string {
	var ids []string
	for _, at := range messageID.FindAllStringSubmatch(value, -1) {
		if len(ids) < limit && utf8.RuneCountInString(at[1]) <= maxID {
			ids = append(ids, at[1])
		}
	}
	return ids
}

// firstID returns a message's own id without brackets, also where the brackets are missing.
func firstID(value string) string {
	if ids := bracketed(value, 1); len(ids) > 0 {
		return ids[0]
	}
	if bare := strings.TrimSpace(value); !strings.ContainsAny(bare, " \t<>") && len(bare) <= maxID {
		return oneLine(bare)
	}
	return ""
}

// references returns the ids that a message answers, In-Reply-To first, then References from the newest.
func references(head header) []string {
	var ids []string
	for _, value := range head.values("In-Reply-To") {
		ids = append(ids, bracketed(value, maxAddresses)...)
	}
	var older []string
	for _, value := range head.values("References") {
		older = append(older, bracketed(value, math.MaxInt)...)
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
