package verify

import (
	"regexp"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// Texts that only name the mark, or its day: clients put them into tooltips and captions unasked.
var (
	label = regexp.MustCompile(`(?i)^(signature|sig|seal|stamp|签名|签字|签章|盖章|印章|图章|公章|电子印章|电子签名|电子签章)[ _-]?[0-9]*$`)
	day   = regexp.MustCompile(`^[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?$`)
)

// markWords reads what viewers show beside a new mark's picture: tooltip, subject, text, captions (ISO 32000-2, tables
// 166, 172, 192, 226). What is not known is for a person. Names of fields and authors are not judged: clients choose them.
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
	return nil
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
