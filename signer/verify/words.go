package verify

import (
	"regexp"
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// Texts that only name the mark, or its day: clients put them into tooltips and captions unasked.
var (
	label = regexp.MustCompile(`(?i)^(signature|sig|seal|stamp|签名|签字|签章|盖章|印章|图章|公章|电子印章|电子签名|电子签章)[ _-]?[0-9]*$`)
	// Identifiers that clients make up hold a digit, and a language is a short tag of BCP 47.
	identifier = regexp.MustCompile(`^[A-Za-z]$|^[0-9A-Za-z{}_.:-]*[0-9][0-9A-Za-z{}_.:-]*$`)
	language   = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)
	day        = regexp.MustCompile(`^[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?$`)
)

// markWords reads what viewers show beside a new mark's picture: tooltip, subject, text, captions (ISO 32000-2, tables
// 166, 172, 184, 192, 226). What is not known is for a person. Names of fields are not judged: clients choose them.
func (w *walk) markWords(dict pdf.Dict, by *signature, at place) error {
	if w.c.opts.Sent == nil {
		return nil
	}
	captions, err := w.new.Dict(dict["MK"])
	if err != nil {
		return err
	}
	for _, one := range []struct {
		from pdf.Dict
		keys []pdf.Name
	}{{dict, []pdf.Name{"TU", "Subj", "Contents"}}, {captions, []pdf.Name{"CA", "RC", "AC"}}} {
		for _, key := range one.keys {
			w.markWord(one.from[key], by, at.at("/"+string(key)))
		}
	}
	w.unlike(dict, "NM", identifier, by, at)
	w.unlike(dict, "Lang", language, by, at)
	if dict.Name("Subtype") == "Stamp" {
		if !w.authorSigned(dict["T"]) {
			w.markWord(dict["T"], by, at.at("/T"))
		}
		if name := dict["Name"]; !slices.Contains(approving, name) {
			w.markWord(name, by, at.at("/Name"))
		}
	}
	return nil
}

// authorSigned says whether a stamp's author is somebody who signed this file: people place stamps under their company's key.
func (w *walk) authorSigned(value pdf.Object) bool {
	return slices.ContainsFunc(w.c.found, func(s *signature) bool {
		_, known := w.c.words(w.new, value, s)
		return known
	})
}

// approving are the kinds of stamp that say no more than a signature does; ISO 32000-2, table 184.
var approving = []pdf.Object{nil, pdf.Name("Approved"), pdf.Name("Final"), pdf.Name("Signed"), pdf.Name("Stamp"), pdf.Name("Seal")}

// unlike judges as words what does not look like what should stand there.
func (w *walk) unlike(dict pdf.Dict, key pdf.Name, usual *regexp.Regexp, by *signature, at place) {
	value, err := w.new.Resolve(dict[key])
	if text, ok := value.(pdf.String); err == nil && ok && usual.MatchString(pdf.Text(text)) {
		return
	}
	w.markWord(value, by, at.at("/"+string(key)))
}

func (w *walk) markWord(value pdf.Object, by *signature, at place) {
	if by == nil || by.timestamp() {
		by = w.signer()
	}
	nobody := by == nil
	if nobody {
		by = &signature{} // So that no name is known.
	}
	text, known := w.c.words(w.new, value, by)
	if known || label.MatchString(text) || day.MatchString(text) {
		return
	}
	if nobody {
		at.reason, at.level = workflow.ReasonStatement, workflow.ChangeUnexplained
		w.differ(at, "it says %.80q", text)
		return
	}
	by.doubt(workflow.ReasonStatement, "%s says %.80q", at.path, text)
}
