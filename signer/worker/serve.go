package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"contractd/signer/render"
	"contractd/signer/sandbox"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

const (
	parentSocket = 3        // Where the parent has put its end.
	maxTask      = 64 << 20 // Bytes of one task: revocation lists can be large.
)

// Serve is the worker's side: it closes itself off and answers until the parent goes. Arguments are what follows Verb: a
// folder for the compiled PDFium, which is then started before the walls stand.
func Serve(ctx context.Context, args []string) error { return serve(ctx, args, perform) }

// doing does one task.
type doing func(ctx context.Context, t task, documents []workflow.Document, renderer *render.Renderer) (answer, error)

func serve(ctx context.Context, args []string, do doing) error {
	conn, err := connection(os.NewFile(parentSocket, "parent"))
	if err != nil {
		return fmt.Errorf("worker: reach the parent: %w", err)
	}
	defer conn.Close() // The parent has gone by then.
	var renderer *render.Renderer
	if len(args) > 0 {
		if renderer, err = render.New(ctx, render.Options{Cache: args[0]}); err != nil {
			return send(conn, answer{Error: err.Error()}, nil)
		}
	}
	if err := send(conn, answer{Walls: sandbox.Close()}, nil); err != nil {
		return err
	}
	for {
		err := serveOne(ctx, conn, renderer, do)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("worker: %w", err)
		}
	}
}

func serveOne(ctx context.Context, conn *net.UnixConn, renderer *render.Renderer, do doing) error {
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
	a, err := do(ctx, t, documents, renderer)
	if err != nil {
		a = answer{Error: err.Error()}
	}
	return send(conn, a, nil)
}

// perform is what a worker does in earnest.
func perform(ctx context.Context, t task, documents []workflow.Document, renderer *render.Renderer) (answer, error) {
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
		if renderer == nil || t.Verdict == nil || len(documents) < 2 {
			return a, errors.New("nothing to look at, or with")
		}
		a.Verdict = t.Verdict
		return a, verify.Look(ctx, renderer, documents[1], documents[0], a.Verdict)
	}
	return a, fmt.Errorf("task %q is not known", t.Act)
}
