package verify

import (
	"fmt"
	"slices"
	"strings"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// lock is what one signature forbids to those after it; verification.md, 14. ISO 32000-2, 12.8.2.
type lock struct {
	action  pdf.Name // All, Include, Exclude; empty if no field is locked.
	fields  []string
	permits int // As DocMDP /P; 0 if it says nothing.
}

// locks says whether a field may no longer change.
func (l lock) locks(field string) bool {
	named := slices.ContainsFunc(l.fields, func(name string) bool {
		return field == name || strings.HasPrefix(field, name+".")
	})
	switch l.action {
	case "All":
		return true
	case "Include":
		return named
	case "Exclude":
		return !named
	}
	return false
}

// certifications reads what each signature forbids. There is at most one certification, and it comes first.
func (c *fileCase) certifications() error {
	signed := false
	for _, s := range c.found {
		if s.covered == nil {
			continue
		}
		if err := c.readLocks(s); err != nil {
			return fmt.Errorf("read locks of %q: %w", s.out.Field, err)
		}
		if s.timestamp() {
			continue
		}
		if s.permits > 0 {
			s.out.Kind = kindCertification
			if signed {
				s.fail(workflow.ReasonMultipleCertify, "a certification follows another signature")
			}
		}
		signed = true
	}
	return nil
}

// readLocks reads the signature's own references, and the lock of its field, which may only tighten.
func (c *fileCase) readLocks(s *signature) error {
	r := s.covered
	references, err := r.Array(s.dict["Reference"])
	if err != nil {
		return err
	}
	for _, o := range references {
		reference, err := r.Dict(o)
		if err != nil {
			return err
		}
		params, err := r.Dict(reference["TransformParams"])
		if err != nil {
			return err
		}
		switch reference.Name("TransformMethod") {
		case "DocMDP":
			s.permits = permission(params, 2)
			s.locks = append(s.locks, lock{permits: s.permits})
		case "FieldMDP":
			if err := s.addLock(r, params); err != nil {
				return err
			}
		}
	}
	for _, u := range s.uses {
		dict, err := r.Dict(u.field.Dict["Lock"])
		if err != nil {
			return err
		}
		if dict == nil {
			continue
		}
		if err := s.addLock(r, dict); err != nil {
			return err
		}
	}
	return nil
}

func (s *signature) addLock(r *pdf.Revision, dict pdf.Dict) error {
	l := lock{action: dict.Name("Action"), permits: permission(dict, 0)}
	names, err := r.Array(dict["Fields"])
	if err != nil {
		return err
	}
	for _, o := range names {
		name, err := r.Resolve(o)
		if err != nil {
			return err
		}
		l.fields = append(l.fields, pdf.Text(name))
	}
	s.locks = append(s.locks, l)
	return nil
}

// permission reads /P. What is out of range permits nothing.
func permission(params pdf.Dict, absent int) int {
	if !params.Has("P") {
		return absent
	}
	if p, ok := params["P"].(pdf.Integer); ok && p >= 1 && p <= 3 {
		return int(p)
	}
	return 1
}

// locksOf gathers what the signatures up to a revision forbid: the tightest permission (0 if nobody certified) and the
// locks of fields.
func (c *fileCase) locksOf(r *pdf.Revision) (permits int, locks []lock) {
	for _, s := range c.found {
		if s.covered == nil || s.covered.Index > r.Index {
			continue
		}
		for _, l := range s.locks {
			if l.permits > 0 && (permits == 0 || l.permits < permits) {
				permits = l.permits
			}
			locks = append(locks, l)
		}
	}
	return permits, locks
}
