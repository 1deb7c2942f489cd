package signer_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"testing"

	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/signtest"
)

// kindSeals are one set of seals for each kind and edge, for pages of any size.
func kindSeals(t testing.TB, pages []pdf.Page) map[string][]signer.Seal {
	size := 40.0
	for _, page := range pages {
		width, height := page.Size()
		size = min(size, width/3, height/3)
	}
	picture := sealImage(t)
	ride := func(s signer.Slices) []signer.Seal {
		s.Single = signer.Fallback
		return []signer.Seal{{Kind: signer.Riding, Image: picture, Size: size, Slices: s}}
	}
	return map[string][]signer.Seal{
		"ordinary":     {{Image: picture, Size: size, X: size / 4, Y: size / 4}},
		"pages":        {{Kind: signer.MultiPage, Image: picture, Size: size, X: size / 4, Y: size / 4}},
		"odd and last": {{Kind: signer.MultiPage, Image: picture, Size: size, Pages: "odd,last"}},
		"right":        ride(signer.Slices{}),
		"left":         ride(signer.Slices{Edge: signer.Left, Limit: 3}),
		"top":          ride(signer.Slices{Edge: signer.Top, First: 0.4}),
		"bottom":       ride(signer.Slices{Edge: signer.Bottom}),
		"two-sided":    append(ride(signer.Slices{TwoSided: true}), signer.Seal{Image: picture, Size: size, Pages: signer.LastPage, Y: 1, X: 1}),
	}
}

// TestKinds has kinds × producers × key types, with rotations and boxes among the fixtures: others call all of it valid, and each
// undo gives the file before. A pairwise sample stands for the whole, which CONTRACTD_MATRIX=1 runs (make matrix).
func TestKinds(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	identities := keyTypes(t, w)
	whole, row := os.Getenv("CONTRACTD_MATRIX") != "", 0
	for _, name := range sortedKeys(drafts(t)) {
		if name == "generated-20MB.pdf" || name == "generated-100.pdf" && !whole {
			continue
		}
		draft := drafts(t)[name]
		pages, err := openPDF(t, draft).Last().Pages()
		if err != nil {
			t.Fatal(err)
		}
		kinds := kindSeals(t, pages)
		for k, kind := range sortedKeys(kinds) {
			for n, id := range identities {
				if !whole && (k != row%len(kinds) && k != (row+3)%len(kinds) || n != (row+k)%len(identities)) {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", name, kind, id.name), func(t *testing.T) { sealKinds(t, w, s, draft, kinds[kind], id.Identity) })
			}
		}
		row++
	}
}

func sealKinds(t *testing.T, w *world, s *signer.Sealer, draft []byte, seals []signer.Seal, id *signtest.Identity) {
	r, key := by(id, seals...)
	first, result := seal(t, s, draft, r)
	if key.operations != 1 {
		t.Errorf("%d key operations for %d marks", key.operations, len(result.Marks))
	}
	second, _ := by(w.rsa, slices.Clone(seals[:1])...)
	second.Seals[0].Pages = "first,last"
	if second.Seals[0].Kind == "" {
		second.Seals[0].Pages = signer.LastPage
	}
	both, later := seal(t, s, first, second)
	judge(t, writeTemp(t, both), 1+len(later.Signatures))
	if got := taken(t, s, both, w.rsa); !bytes.Equal(got, first) {
		t.Errorf("undo of %d signatures gave %d bytes back, want %d", len(later.Signatures), len(got), len(first))
	}
	if got := taken(t, s, first, id); !bytes.Equal(got, draft) {
		t.Errorf("undo gave %d bytes back, want %d", len(got), len(draft))
	}
}

type namedIdentity struct {
	name string
	*signtest.Identity
}

func keyTypes(t *testing.T, w *world) []namedIdentity {
	t.Helper()
	all := []namedIdentity{{"rsa-2048", w.rsa}, {"p-256", w.p256}}
	for _, kind := range []signtest.KeyKind{signtest.P384, signtest.P521} {
		id, err := w.ca.Organization(kind)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, namedIdentity{string(kind), id})
	}
	return all
}
