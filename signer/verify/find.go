package verify

import (
	"fmt"
	"slices"

	"contractd/signer/cms"
	"contractd/signer/pdf"
	"contractd/signer/ses"
	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// signature is one signature value with the fields that lead to it.
type signature struct {
	out      workflow.Signature
	key      pdf.Ref         // Of the signature dictionary; of the field where that is direct.
	dict     pdf.Dict        // As it stood where it was first seen.
	first    *pdf.Revision   // Where a field first led to it.
	uses     []use           // The fields, as far as they ever led to it.
	used     map[useKey]bool // The same, to be found.
	covered  *pdf.Revision   // Whose end its byte range reaches; nil if none.
	span     [4]int64        // The byte range, once it is proven to be one.
	contents pdf.String      // The value's token.
	cms      *cms.SignedData // nil if it could not be read.
	seal     *ses.Signature  // In place of it, an electronic seal.
	token    *tsa.Result     // Of a document timestamp.
	path     trust.Result
	tokens   []tsa.Result // Of signature timestamps whose imprint is right, trusted or not.
	locks    []lock
	permits  int // DocMDP /P; 0 if it is no certification.
	stamps   []workflow.Mark
	drawn    []drawn // What its marks say and show.
}

// use is a field's reference to a signature, and since when.
type use struct {
	field pdf.Field
	since *pdf.Revision
}

type useKey struct {
	ref  pdf.Ref
	name string
}

func (s *signature) use(field pdf.Field, r *pdf.Revision) {
	if key := (useKey{field.Ref, field.Name}); !s.used[key] {
		s.used[key] = true
		s.uses = append(s.uses, use{field, r})
	}
}

// fail blames the signature.
func (s *signature) fail(reason workflow.Reason, format string, args ...any) {
	s.out.Blame(workflow.Cause{Reason: reason, Weight: workflow.Failed, Detail: fmt.Sprintf(format, args...)})
}

// doubt makes the signature indeterminate.
func (s *signature) doubt(reason workflow.Reason, format string, args ...any) {
	s.out.Blame(workflow.Cause{Reason: reason, Weight: workflow.Indeterminate, Detail: fmt.Sprintf(format, args...)})
}

func (s *signature) timestamp() bool { return s.out.Kind == kindTimestamp }

const (
	kindSignature     = "signature"
	kindCertification = "certification"
	kindTimestamp     = "timestamp"
)

// maxFormWork bounds reading forms, one for each revision that touched them; an object costs more, the more revisions
// must be asked for it. A file in which five hundred revisions each add a signature takes four fifths of it.
const maxFormWork = 600_000

// find collects the signatures of every revision; verification.md, 4: they are reached through the form alone.
func (c *fileCase) find() error {
	work := 0
	var form map[pdf.Ref]bool
	for _, r := range c.file.Revisions() {
		if form != nil && r != c.file.Last() && !touches(r, form) {
			continue
		}
		fields, err := r.Fields()
		if err != nil {
			return fmt.Errorf("read form of revision %d: %w", r.Index, err)
		}
		if work += len(fields) * (1 + r.Index/128); work > maxFormWork || len(c.found) > maxSignatures {
			c.blame(workflow.ReasonLimit, "more than %d signatures, or too many revisions of a large form", maxSignatures)
			c.found = nil
			return errAnswered
		}
		if err := c.hold(r, fields); err != nil {
			return err
		}
		if r == c.file.Last() {
			break
		}
		if form, err = formObjects(r, fields); err != nil {
			return err
		}
	}
	if len(c.found) == 0 && c.opts.Sent == nil {
		c.blame(workflow.ReasonNoSignature, "no form field has a signature value")
	}
	return nil
}

// hold records what the fields of a revision lead to, and which signature none leads to any more.
func (c *fileCase) hold(r *pdf.Revision, fields []pdf.Field) error {
	held := map[pdf.Ref]bool{}
	for _, field := range fields {
		key, err := c.meet(r, field)
		if err != nil {
			return err
		}
		held[key] = true
	}
	for _, s := range c.found {
		if !held[s.key] && !slices.Contains(s.out.Reasons, workflow.ReasonSignatureRemoved) {
			s.fail(workflow.ReasonSignatureRemoved, "no field of revision %d leads to it any more", r.Index)
		}
	}
	return c.ctx.Err()
}

// touches says whether a revision names an object that the form was read from.
func touches(r *pdf.Revision, form map[pdf.Ref]bool) bool {
	for _, refs := range [][]pdf.Ref{r.Changed(), r.Freed()} {
		for _, ref := range refs {
			if form[pdf.Ref{Number: ref.Number}] {
				return true
			}
		}
	}
	return r.Root() != r.Prev.Root()
}

// formObjects gathers, by number, what a form is read from: catalog, form, fields, their ancestors, and all that these
// refer to.
func formObjects(r *pdf.Revision, fields []pdf.Field) (map[pdf.Ref]bool, error) {
	catalog, err := r.Catalog()
	if err != nil {
		return nil, err
	}
	form, err := r.Dict(catalog["AcroForm"])
	if err != nil {
		return nil, err
	}
	objects := map[pdf.Ref]bool{}
	add := func(o pdf.Object) {
		for _, ref := range gather(nil, o) {
			objects[pdf.Ref{Number: ref.Number}] = true
		}
	}
	add(pdf.Array{r.Root(), catalog["AcroForm"], form})
	for _, field := range fields {
		add(pdf.Array{field.Ref, field.Dict})
		for o, n := field.Dict["Parent"], 0; n < maxParents; n++ {
			ref, ok := o.(pdf.Ref)
			if !ok || objects[pdf.Ref{Number: -ref.Number}] {
				break
			}
			objects[pdf.Ref{Number: -ref.Number}] = true // This ancestor was gathered.
			parent, err := r.Dict(ref)
			if err != nil {
				return nil, err
			}
			add(parent)
			o = parent["Parent"]
		}
	}
	return objects, nil
}

// meet records that a field of a revision leads to a signature; it returns the signature's key.
func (c *fileCase) meet(r *pdf.Revision, field pdf.Field) (pdf.Ref, error) {
	if field.Type != "Sig" || field.Value == nil {
		return pdf.Ref{}, nil
	}
	value, err := r.Resolve(field.Value)
	if err != nil || value == nil {
		return pdf.Ref{}, err
	}
	dict, _ := value.(pdf.Dict)
	key, ok := field.Value.(pdf.Ref)
	if !ok {
		key = field.Ref
	}
	for _, s := range c.found {
		if s.key != key {
			continue
		}
		if !pdf.Equal(s.dict, dict) && !slices.Contains(s.out.Reasons, workflow.ReasonDictionary) {
			s.fail(workflow.ReasonDictionary, "its dictionary differs in revision %d", r.Index)
		}
		s.use(field, r)
		return key, nil
	}
	c.found = append(c.found, newSignature(key, dict, field, r))
	return key, nil
}

func newSignature(key pdf.Ref, dict pdf.Dict, field pdf.Field, r *pdf.Revision) *signature {
	s := &signature{key: key, dict: dict, first: r, used: map[useKey]bool{}}
	s.use(field, r)
	s.out = workflow.Signature{
		Field: field.Name, Verdict: workflow.Passed, Kind: kindSignature, Coverage: workflow.CoversPart,
		LaterChanges: workflow.ChangeNone, SubFilter: string(dict.Name("SubFilter")), Revision: r.Index,
		Marks: []workflow.Mark{}, Reasons: []workflow.Reason{},
	}
	if s.out.SubFilter == subFilterTimestamp || dict.Name("Type") == "DocTimeStamp" {
		s.out.Kind = kindTimestamp
	}
	return s
}
