package signtest

import (
	"fmt"
)

// Sample is one file with what a verifier must make of it.
type Sample struct {
	Name    string // What was done.
	Sent    []byte // What had been sent; nil: judge the file by itself.
	File    []byte
	Outcome string // passed, indeterminate, failed.
	Reason  string // One of the reasons; empty when passed.
	Later   string // What came after the first signature; empty if it is not asked for.
}

const (
	passed        = "passed"
	indeterminate = "indeterminate"
	failed        = "failed"
)

// seal is a box of 40 mm.
func seal(page int, x, y float64) Box { return Box{Page: page, X: x, Y: y, Width: 113, Height: 113} }

// Sent is the draft with our two seals, as mailed.
func (l *Lab) Sent() ([]byte, error) {
	return l.sealed(Draft())
}

// sealed is any draft with our two seals.
func (l *Lab) sealed(draft []byte) ([]byte, error) {
	out, err := l.Sign(draft, Ink{By: l.Ours, Boxes: []Box{seal(2, 60, 100)}, Stamp: l.TSA})
	if err != nil {
		return nil, err
	}
	return l.Sign(out, Ink{By: l.OurEmployee, Stamp: l.TSA})
}

// recipe makes a returned file of a sent one.
type recipe struct {
	name, outcome, reason, later string
	general                      bool // Judged by itself.
	make                         func(l *Lab, sent []byte) ([]byte, error)
}

// cook makes the samples of some recipes.
func (l *Lab) cook(recipes []recipe) ([]Sample, error) {
	sent, err := l.Sent()
	if err != nil {
		return nil, fmt.Errorf("making sent file: %w", err)
	}
	return l.cookFrom(sent, recipes)
}

// cookFrom is cook with another file that was sent.
func (l *Lab) cookFrom(sent []byte, recipes []recipe) ([]Sample, error) {
	var samples []Sample
	for _, r := range recipes {
		file, err := r.make(l, sent)
		if err != nil {
			return nil, fmt.Errorf("making %s: %w", r.name, err)
		}
		s := Sample{Name: r.name, File: file, Outcome: r.outcome, Reason: r.reason, Later: r.later}
		if s.Reason != "" {
			s.Name = s.Reason + "--" + s.Name
		}
		if !r.general {
			s.Sent = sent
		}
		samples = append(samples, s)
	}
	return samples, nil
}

// Honest makes files as honest clients return them.
func (l *Lab) Honest() ([]Sample, error) {
	return l.cook(append(append(append(clientShapes(), imitations()...), spokenHonest()...), []recipe{
		{"both-roles", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) { return l.countersign(sent, Ink{}) }},
		{"other-order", passed, "", "signing", false, (*Lab).otherOrder},
		{"several-widgets-of-one-field", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Boxes: []Box{seal(1, 300, 300), seal(2, 300, 300)}})
		}},
		{"several-fields-of-one-value", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Boxes: []Box{seal(1, 300, 300), seal(2, 300, 300)}, Twins: true})
		}},
		{"prepared-field-filled", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Into: "Prepared"})
		}},
		{"prepared-in-one-revision-signed-in-the-next", passed, "", "signing", false, (*Lab).preparedFirst},
		{"stamps-with-the-signature", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Also: addAnnot(1, stampDict(132))})
		}},
		{"stamps-without-lock", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Also: addAnnot(2, stampDict(4))})
		}},
		{"info-version-extensions", passed, "", "signing", false, (*Lab).withInfo},
		{"metadata", passed, "", "signing", false, (*Lab).withMetadata},
		{"objects-written-again", passed, "", "signing", false, (*Lab).writtenAgain},
		{"dss-and-document-timestamp", passed, "", "signing", false, (*Lab).longTerm},
		{"timestamped", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Stamp: l.TSA, CAdES: true})
		}},
		{"known-reason", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			return l.countersign(sent, Ink{Reason: "合同签署"})
		}},
		{"white-space-at-the-end", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) {
			out, err := l.countersign(sent, Ink{})
			return append(out, "\r\n\n \n"...), err
		}},
		{"object-streams", passed, "", "signing", true, func(l *Lab, _ []byte) ([]byte, error) { return l.twice(packedDraft()) }},
		{"hybrid", passed, "", "signing", true, func(l *Lab, _ []byte) ([]byte, error) { return l.twice(hybrid(false)) }},
		{"tagged", passed, "", "signing", true, func(l *Lab, _ []byte) ([]byte, error) { return l.tagged() }},
		{"field-filled-in", passed, "", "form", true, func(l *Lab, sent []byte) ([]byte, error) {
			return Patch{Objects: map[int]string{draftField: fieldBody("999", "{0}")}, New: []string{look("999")}}.Apply(sent)
		}},
		{"certified-p2-countersigned", passed, "", "signing", true, func(l *Lab, _ []byte) ([]byte, error) {
			out, err := l.Sign(Draft(), Ink{By: l.Ours, Permits: 2})
			if err != nil {
				return nil, err
			}
			return l.Sign(out, Ink{By: l.Supplier, Boxes: []Box{seal(1, 300, 300)}})
		}},
		{"certified-p3-commented", passed, "", "annotation", true, func(l *Lab, _ []byte) ([]byte, error) {
			out, err := l.Sign(Draft(), Ink{By: l.Ours, Permits: 3})
			if err != nil {
				return nil, err
			}
			return Patch{Objects: map[int]string{draftPage + 1: pageBody(6, "{0}")}, New: []string{freeText}}.Apply(out)
		}},
	}...))
}
