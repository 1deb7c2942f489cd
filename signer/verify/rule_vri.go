package verify

import (
	"regexp"

	"contractd/signer/pdf"
)

// ETSI EN 319 142-1, 5.4.2: the key of a VRI entry is the SHA-1 of a signature's value in hexadecimal.
var vriKey = regexp.MustCompile(`^[0-9A-Fa-f]{40}$`)

// vriRule compares the index of validation material by signature.
func (w *walk) vriRule(old, new pdf.Object, at place) error {
	before, err := w.old.Dict(old)
	if err != nil {
		return err
	}
	after, err := w.newDict(new, at)
	if err != nil || after == nil {
		return err
	}
	w.noNulls(after, at)
	for _, key := range keysOf(before, after) {
		inner := at.at("/" + string(key))
		if key == "Type" {
			w.wantName(after[key], "VRI", inner)
			continue
		}
		if !vriKey.MatchString(string(key)) {
			w.differ(inner, "its key is not a digest")
			continue
		}
		if err := w.vriEntry(before[key], after[key], inner); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) vriEntry(old, new pdf.Object, at place) error {
	before, err := w.old.Dict(old)
	if err != nil {
		return err
	}
	after, err := w.newDict(new, at)
	if err != nil || after == nil {
		return err
	}
	w.noNulls(after, at)
	for _, key := range keysOf(before, after) {
		inner := at.at("/" + string(key))
		switch key {
		case "Cert", "OCSP", "CRL":
			err = w.streamList(before[key], after[key], inner)
		case "Type":
			w.wantName(after[key], "VRI", inner)
		case "TU", "TS":
			err = w.addedOnly(before[key], after[key], inner)
		default:
			w.differ(inner, "it does not belong here")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
