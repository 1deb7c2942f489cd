package verify

import (
	"container/list"
	"crypto/sha256"
	"image"
	"sync"

	"contractd/signer/render"
	"contractd/workflow"
)

// Bounds of what is remembered of sent pages: pictures of some, and of many the digest, which suffices while nothing changed.
const (
	maxPictures = 64 << 20
	maxDigests  = 4 << 20
)

// glance names one view of one page of a document.
type glance struct {
	document workflow.Hash
	page     int
	view     render.View
}

// recall remembers what was used last, up to so many bytes.
type recall[V any] struct {
	limit int

	mu    sync.Mutex // Guards what follows.
	used  int
	order *list.List // The most recent first.
	known map[glance]*list.Element
}

type memory[V any] struct {
	of    glance
	what  V
	bytes int
}

func newRecall[V any](limit int) *recall[V] {
	return &recall[V]{limit: limit, order: list.New(), known: map[glance]*list.Element{}}
}

func (r *recall[V]) get(of glance) (what V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	element, ok := r.known[of]
	if !ok {
		return what, false
	}
	r.order.MoveToFront(element)
	return element.Value.(memory[V]).what, true
}

func (r *recall[V]) put(of glance, what V, bytes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.known[of]; ok || bytes > r.limit {
		return
	}
	r.known[of] = r.order.PushFront(memory[V]{of, what, bytes})
	r.used += bytes
	for r.used > r.limit {
		last := r.order.Remove(r.order.Back()).(memory[V])
		delete(r.known, last.of)
		r.used -= last.bytes
	}
}

// fingerprint tells pictures apart.
func fingerprint(picture *image.RGBA) [sha256.Size]byte { return sha256.Sum256(picture.Pix) }
