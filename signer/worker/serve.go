package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"

	"contractd/signer/child"
	"contractd/signer/place"
	"contractd/signer/qr"
	"contractd/signer/render"
	"contractd/signer/sandbox"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

const (
	maxTask = 64 << 20 // Bytes of one task: revocation lists can be large.
)

// Serve is the worker's side: it closes itself off and answers until the parent goes. Arguments are what follows Verb: a
// folder for the compiled PDFium, which is then started before the walls stand.
func Serve(ctx context.Context, args []string) error { return serve(ctx, args, perform) }

// doing does one task.
type doing func(ctx context.Context, t task, documents []workflow.Document, eyes *verify.Eyes) (answer, error)

func serve(ctx context.Context, args []string, do doing) error {
	conn, err := child.Parent()
	if err != nil {
		return fmt.Errorf("worker: reach the parent: %w", err)
	}
	defer conn.Close() // The parent has gone by then.
	var eyes *verify.Eyes
	if len(args) > 0 {
		renderer, err := render.New(ctx, render.Options{Cache: args[0]})
		if err != nil {
			return send(conn, answer{Error: err.Error()}, nil)
		}
		eyes = verify.NewEyes(renderer)
	}
	if err := send(conn, answer{Walls: sandbox.Close()}, nil); err != nil {
		return err
	}
	for {
		err := serveOne(ctx, conn, eyes, do)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("worker: %w", err)
		}
	}
}

func serveOne(ctx context.Context, conn *net.UnixConn, eyes *verify.Eyes, do doing) error {
	var t task
	files, err := receive(conn, &t, maxTask)
	if err != nil {
		return err
	}
	defer closeAll(files)
	var documents []workflow.Document
	for n, file := range files {
		if n < len(t.Documents) {
			documents = append(documents, workflow.Document{Ref: t.Documents[n], ReaderAt: file})
		}
	}
	if len(documents) == 0 {
		return errors.New("a task without a document")
	}
	a, err := do(ctx, t, documents, eyes)
	if err != nil {
		a = answer{Error: err.Error()}
	}
	return send(conn, a, nil)
}

// perform is what a worker does in earnest.
func perform(ctx context.Context, t task, documents []workflow.Document, eyes *verify.Eyes) (answer, error) {
	var a answer
	switch t.Act {
	case actVerify:
		if t.Options == nil {
			return a, errors.New("verify without options")
		}
		o, err := t.Options.unpack(documents)
		if err != nil {
			return a, err
		}
		if t.Options.Wants {
			o.Want = func(want trust.Want) { a.Wants = append(a.Wants, want) }
		}
		verdict, err := verify.Verify(ctx, documents[0], o)
		a.Verdict = &verdict
		return a, err
	case actValues:
		var err error
		a.Values, err = verify.Extract(ctx, documents[0], t.Limits)
		return a, err
	case actLook:
		if eyes == nil || t.Verdict == nil || len(documents) < 2 {
			return a, errors.New("nothing to look at, or with")
		}
		a.Verdict = t.Verdict
		var changed func(int, *image.RGBA) error
		if t.Draw {
			changed = a.draw
		}
		return a, eyes.Look(ctx, documents[1], documents[0], a.Verdict, changed)
	}
	return performShown(ctx, t, documents, eyes)
}

// performShown does what needs pages and one document.
func performShown(ctx context.Context, t task, documents []workflow.Document, eyes *verify.Eyes) (answer, error) {
	var a answer
	var err error
	switch {
	case eyes == nil:
		return a, fmt.Errorf("task %q is none of this worker", t.Act)
	case t.Act == actCodes:
		a.Codes, err = qr.Search(ctx, eyes.Renderer(), documents[0], documents[0].Size, t.DPI, ours)
		return a, err
	case t.Act == actPlace:
		a.Places, err = place.Find(ctx, eyes.Renderer(), documents[0], documents[0].Size, t.Queries...)
		if errors.As(err, &a.Refusal) {
			a.Refusal = &place.Refusal{What: err.Error(), Cure: a.Refusal.Cure}
			return a, nil
		}
		return a, err
	}
	return performShow(ctx, t, documents, eyes)
}

// ours reports whether a QR code names a contract.
func ours(text string) bool {
	_, _, ok := workflow.ParseQR(text)
	return ok
}

// performShow renders the pages that a task names, as far as they are there.
func performShow(ctx context.Context, t task, documents []workflow.Document, eyes *verify.Eyes) (answer, error) {
	var a answer
	if t.Act != actShow {
		return a, fmt.Errorf("task %q is none of this worker", t.Act)
	}
	options := render.Options{DPI: t.DPI, Only: t.Pages}
	err := eyes.Renderer().Pages(ctx, documents[0], documents[0].Size, options, func(_ int, picture *image.RGBA) error {
		var encoded bytes.Buffer
		err := png.Encode(&encoded, picture)
		a.Shown = append(a.Shown, encoded.Bytes())
		return err
	})
	return a, err
}
