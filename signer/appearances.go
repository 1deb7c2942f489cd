package signer

import (
	"fmt"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// settleAppearances takes /NeedAppearances away: with it each viewer draws the fields anew, and what is seen is not
// what was signed. A form whose fields have no appearance of their own is refused; one that is signed already is left
// alone, for its signers answered for it.
func settleAppearances(rev *pdf.Revision, u *pdf.Update) error {
	form, err := rev.Form()
	if err != nil {
		return err
	}
	if need, err := rev.Resolve(form["NeedAppearances"]); err != nil || need != pdf.Bool(true) {
		return err
	}
	fields, err := rev.Fields()
	if err != nil {
		return err
	}
	for _, f := range fields {
		if f.Type == "Sig" && f.Value != nil {
			return nil
		}
	}
	for _, f := range fields {
		if drawn, err := hasAppearance(rev, f); err != nil {
			return err
		} else if !drawn {
			err := fmt.Errorf("%w: its form field %q has a value but no appearance", workflow.ErrDocument, f.Name)
			return workflow.WithHint(err, "print the filled form to PDF first")
		}
	}
	return u.SetForm(pdf.Dict{"NeedAppearances": nil})
}

func hasAppearance(rev *pdf.Revision, f pdf.Field) (bool, error) {
	value, err := rev.Resolve(f.Value)
	if err != nil || value == nil {
		return true, err
	}
	for _, ref := range f.Widgets {
		widget, err := rev.Dict(ref)
		if err != nil || !widget.Has("AP") {
			return false, err
		}
	}
	return true, nil
}
