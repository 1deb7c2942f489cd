package signer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// open reads a document, and says what is wrong with it in words that callers decide by.
func open(ctx context.Context, in io.ReaderAt, size int64, limits pdf.Limits) (*pdf.File, error) {
	file, err := pdf.Open(ctx, in, size, limits)
	if err != nil {
		return nil, blame(err)
	}
	return file, nil
}

// blame tells the document's faults from those of the reader.
func blame(err error) error {
	hints := []struct {
		cause error
		hint  string
	}{
		{pdf.ErrEncrypted, "save it without a password first"},
		{pdf.ErrDamaged, "have the program that made it save it anew; contractd repairs nothing"},
		{pdf.ErrNotPDF, "convert it to PDF first"},
		{pdf.ErrLimit, ""},
		{pdf.ErrFilter, ""},
	}
	for _, h := range hints {
		if errors.Is(err, h.cause) {
			return workflow.WithHint(fmt.Errorf("%w: %w", workflow.ErrDocument, err), h.hint)
		}
	}
	return err
}

// sealable refuses documents that a seal would break or that would break the seal.
func sealable(file *pdf.File) error {
	if junk, err := file.Trailing(); err != nil {
		return blame(err)
	} else if junk.Len() > 0 {
		return fmt.Errorf("%w: %d bytes stand behind its end", workflow.ErrDocument, junk.Len())
	}
	rev := file.Last()
	form, err := rev.Form()
	if err != nil {
		return blame(err)
	}
	if form.Has("XFA") {
		err := fmt.Errorf("%w: it is an XFA form", workflow.ErrDocument)
		return workflow.WithHint(err, "print it to PDF first")
	}
	if err := permitted(rev); err != nil {
		return err
	}
	fields, err := rev.Fields()
	if err != nil {
		return blame(err)
	}
	for _, f := range fields {
		if err := unlocked(rev, f); err != nil {
			return err
		}
	}
	return nil
}

// permitted checks /Perms of the catalog (ISO 32000-2, 12.8.6).
func permitted(rev *pdf.Revision) error {
	catalog, err := rev.Catalog()
	if err != nil {
		return blame(err)
	}
	perms, err := rev.Dict(catalog["Perms"])
	if err != nil {
		return blame(err)
	}
	if perms.Has("UR") || perms.Has("UR3") {
		return fmt.Errorf("%w: it carries usage rights, which a seal would void", workflow.ErrDocument)
	}
	signature, err := rev.Dict(perms["DocMDP"])
	if err != nil {
		return blame(err)
	}
	return certified(rev, signature)
}

// unlocked checks what the signature in one field forbids for later revisions.
func unlocked(rev *pdf.Revision, f pdf.Field) error {
	if f.Type != "Sig" || f.Value == nil {
		return nil
	}
	signature, err := rev.Dict(f.Value)
	if err != nil {
		return blame(err)
	}
	lock, err := rev.Dict(f.Dict["Lock"])
	if err != nil {
		return blame(err)
	}
	// ISO 32000-2, 12.7.5.5, Table 236: /P of a lock takes effect when its field is signed.
	if p, ok := lock["P"].(pdf.Integer); ok && p == 1 {
		return locked(f.Name)
	}
	return certified(rev, signature)
}

// certified refuses a signature with the transform DocMDP at level 1: no changes (ISO 32000-2, 12.8.2.2).
func certified(rev *pdf.Revision, signature pdf.Dict) error {
	references, err := rev.Array(signature["Reference"])
	if err != nil {
		return blame(err)
	}
	for _, o := range references {
		reference, err := rev.Dict(o)
		if err != nil {
			return blame(err)
		}
		parameters, err := rev.Dict(reference["TransformParams"])
		if err != nil {
			return blame(err)
		}
		level, err := rev.Resolve(parameters["P"])
		if err != nil {
			return blame(err)
		}
		if method := reference.Name("TransformMethod"); method == "DocMDP" && level == pdf.Integer(1) {
			return locked(pdf.Text(signature["Name"]))
		}
	}
	return nil
}

func locked(by string) error {
	return fmt.Errorf("%w: the signature %q allows no changes, and so no further signature", workflow.ErrPolicy, by)
}
