package verify

import (
	"contractd/signer/pdf"
	"contractd/workflow"
)

const maxElements = 200_000

// elements wants the structure tree to be a tree: readers hang on a circle, or stop at different places. ISO 32000-2,
// 14.7.2.
func (c *fileCase) elements() error {
	r := c.file.Last()
	catalog, err := r.Catalog()
	if err != nil {
		return err
	}
	root, ok := catalog["StructTreeRoot"].(pdf.Ref)
	if !ok {
		return nil
	}
	t := tree{c: c, r: r, open: map[pdf.Ref]bool{}, done: map[pdf.Ref]bool{}}
	return t.visit(root, 0)
}

// tree is a walk through structure elements.
type tree struct {
	c          *fileCase
	r          *pdf.Revision
	open, done map[pdf.Ref]bool
}

const maxTreeDepth = 512

func (t *tree) visit(o pdf.Object, depth int) error {
	ref, isRef := o.(pdf.Ref)
	if isRef {
		if t.open[ref] || depth > maxTreeDepth || len(t.done) > maxElements {
			t.c.blame(workflow.ReasonDamaged, "the structure tree leads back to %s or is too large", ref)
			return errAnswered
		}
		if t.done[ref] {
			return nil
		}
		if err := t.c.spend(); err != nil {
			return err
		}
		t.open[ref] = true
		defer func() { delete(t.open, ref); t.done[ref] = true }()
	}
	value, err := t.r.Resolve(o)
	if err != nil {
		return err
	}
	switch v := value.(type) {
	case pdf.Dict:
		return t.visit(v["K"], depth+1)
	case pdf.Array:
		for _, kid := range v {
			if err := t.visit(kid, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
