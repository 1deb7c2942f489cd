package verify

import (
	"fmt"
	"slices"

	"contractd/signer/cms"
	"contractd/signer/pdf"
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
	token    *tsa.Result     // Of a document timestamp.
	path     trust.Result
	tokens   []tsa.Result // Of signature timestamps whose imprint is right, trusted or not.
	locks    []lock
	permits  int // DocMDP /P; 0 if it is no certification.
	stamps   []workflow.Mark
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

// find collects the signatures of every revision; verification.md, 4: they are reached through the form alone.
func (c *fileCase) find() error {
	for _, r := range c.file.Revisions() {
		fields, err := r.Fields()
		if err != nil {
			return fmt.Errorf("read form of revision %d: %w", r.Index, err)
		}
		held := map[pdf.Ref]bool{}
		for _, field := range fields {
			if err := c.spend(); err != nil {
				return err
			}
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
		if len(c.found) > maxSignatures {
			c.blame(workflow.ReasonLimit, "more than %d signatures", maxSignatures)
			c.found = nil
			return errAnswered
		}
	}
	if len(c.found) == 0 && c.opts.Sent == nil {
		c.blame(workflow.ReasonNoSignature, "no form field has a signature value")
	}
	return nil
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
