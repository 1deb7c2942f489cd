package verify

import (
	"fmt"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// dssRule lets validation material be added: streams of certificates, CRLs and OCSP responses, and their index. What
// was there stays.
func (w *walk) dssRule(before, after pdf.Dict) error {
	at := place{reason: workflow.ReasonValidation, path: "/DSS"}
	equal, err := w.equal(before["DSS"], after["DSS"], at)
	if err != nil || equal {
		return err
	}
	old, err := w.old.Dict(before["DSS"])
	if err != nil {
		return err
	}
	new, err := w.newDict(after["DSS"], at)
	if err != nil || new == nil {
		return err
	}
	w.allow(workflow.ChangeLTA, workflow.ReasonValidation, at, "")
	w.noNulls(new, at)
	for _, key := range keysOf(old, new) {
		inner := at.at("/" + string(key))
		switch key {
		case "Certs", "OCSPs", "CRLs":
			err = w.streamList(old[key], new[key], inner)
		case "VRI":
			err = w.vriRule(old[key], new[key], inner)
		case "Type":
			w.wantName(new[key], "DSS", inner)
		case "CTRD_Batch", "CTRD_Before": // Ours, of the sealing act that added last; they tell nobody anything about signatures.
		default:
			w.same(old[key], new[key], inner)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// newDict resolves a dictionary of the newer view that must be there and nothing else.
func (w *walk) newDict(o pdf.Object, at place) (pdf.Dict, error) {
	value, err := w.new.Resolve(o)
	if err != nil {
		return nil, err
	}
	dict, ok := value.(pdf.Dict)
	if !ok {
		w.differ(at, "it is %s", kindOf(value))
		return nil, nil
	}
	return dict, nil
}

// noNulls refuses keys that are there and say nothing: readers differ in what they make of them.
func (w *walk) noNulls(dict pdf.Dict, at place) {
	for key, value := range dict {
		if value == nil {
			w.differ(at.at("/"+string(key)), "it is null")
		}
	}
}

func (w *walk) wantName(o pdf.Object, want pdf.Name, at place) {
	if o != nil && o != pdf.Object(want) {
		w.differ(at, "it is %s", kindOf(o))
	}
}

// addedOnly lets a string or stream appear, not change.
func (w *walk) addedOnly(old, new pdf.Object, at place) error {
	if old != nil {
		w.same(old, new, at)
		return nil
	}
	value, err := w.new.Resolve(new)
	if err != nil {
		return err
	}
	switch value.(type) {
	case pdf.String, *pdf.Stream:
	default:
		w.differ(at, "it is %s", kindOf(value))
	}
	return nil
}

// streamList lets an array of streams grow. Some tools write the old ones anew under other numbers.
func (w *walk) streamList(old, new pdf.Object, at place) error {
	before, err := w.old.Array(old)
	if err != nil {
		return err
	}
	value, err := w.new.Resolve(new)
	if err != nil {
		return err
	}
	after, ok := value.(pdf.Array)
	if !ok {
		w.differ(at, "it is %s", kindOf(value))
		return nil
	}
	for i, o := range after {
		element, err := w.new.Resolve(o)
		if err != nil {
			return err
		}
		_, isRef := o.(pdf.Ref)
		if _, ok := element.(*pdf.Stream); !ok || !isRef {
			w.differ(at.at(fmt.Sprintf("[%d]", i)), "it is %s", kindOf(element))
			return nil
		}
	}
	return w.keptStreams(before, after, at)
}

// maxTried bounds looking for streams under new numbers, which costs the square of their number.
const maxTried = 100_000

func (w *walk) keptStreams(before, after pdf.Array, at place) error {
	there := map[pdf.Ref]bool{}
	for _, o := range after {
		if ref, ok := o.(pdf.Ref); ok {
			there[ref] = true
		}
	}
	for _, o := range before {
		if ref, ok := o.(pdf.Ref); ok && there[ref] {
			w.same(o, o, at)
			continue
		}
		kept := false
		for _, n := range after {
			if w.tried++; w.tried > maxTried {
				w.differ(at, "too much of it was written anew")
				return nil
			}
			equal, err := w.equal(o, n, at)
			if err != nil {
				return err
			}
			if kept = equal; kept {
				break
			}
		}
		if !kept {
			w.differ(at, "%s was removed", describeObject(o))
		}
	}
	return nil
}
