package worker

import (
	"bytes"
	"context"
	"image"
	"image/png"

	"contractd/workflow"
)

// Picture shows one page, with what changed in strong colours.
type Picture struct {
	Page int // From 1.
	PNG  []byte
}

// maxDrawn bounds the pictures of one answer, in bytes; as text they take a third more.
const maxDrawn = 10 << 20

// LookClosely is Look, with pictures of the pages that look different. Left is how many more there are than could be shown.
func (p *Pool) LookClosely(ctx context.Context, sent, returned workflow.Document, verdict *workflow.Verdict) (changed []Picture, left int, err error) {
	a, err := p.look(ctx, task{Act: actLook, Verdict: verdict, Draw: true}, sent, returned)
	return a.Changed, a.Left, err
}

// draw keeps a picture for the parent.
func (a *answer) draw(page int, picture *image.RGBA) error {
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return err
	}
	drawn := out.Len()
	for _, other := range a.Changed {
		drawn += len(other.PNG)
	}
	if drawn > maxDrawn {
		a.Left++
		return nil
	}
	a.Changed = append(a.Changed, Picture{page, out.Bytes()})
	return nil
}
