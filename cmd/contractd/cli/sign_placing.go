package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"contractd/signer"
	"contractd/signer/place"
	"contractd/signer/render"
	"contractd/workflow"
)

// ownEyes show pages in this process: the file is the user's own. PDFium starts when it is first needed, and ends with the process.
type ownEyes struct {
	start    sync.Once
	renderer *render.Renderer
	err      error
}

// seek implements seeker.
func (o *ownEyes) seek(ctx context.Context, document workflow.Document, queries ...place.Query) ([][]signer.Place, error) {
	o.start.Do(func() {
		o.renderer, o.err = render.New(context.WithoutCancel(ctx), render.Options{Cache: renderCache()})
	})
	if o.err != nil {
		return nil, o.err
	}
	return place.Find(ctx, o.renderer, document, document.Size, queries...)
}

// emptyField is a field that --prepare asks for.
type emptyField struct {
	name  string
	query place.Query
}

// Size of a prepared field that no flag gives, in mm.
const preparedSize = "40x30"

// prepared reads --prepare NAME=PLACE and what belongs to it.
func (o signOptions) prepared() ([]emptyField, error) {
	if len(o.prepare) == 0 {
		return nil, nil
	}
	var width, height float64
	if _, err := fmt.Sscanf(o.prepareSize, "%gx%g", &width, &height); err != nil || !(width >= 5 && width <= 60 && height >= 5 && height <= 60) {
		return nil, usage("two numbers of 5 to 60 mm, as "+preparedSize, "--prepare-size %q", o.prepareSize)
	}
	var all []emptyField
	for _, text := range o.prepare {
		name, at, ok := strings.Cut(text, "=")
		if !ok || name == "" || strings.Contains(name, ".") {
			return nil, usage(`NAME=PLACE, as "Seller=keyword:乙方（盖章）"; a name has no full stop`, "--prepare %q", text)
		}
		spec, err := place.Parse(at)
		if err != nil {
			return nil, err
		}
		if spec.Kind == place.InField || spec.Which == place.All {
			return nil, usage("name one place on a page", "--prepare %q", text)
		}
		pages := signer.Selection(o.preparePages)
		if err := pages.Check(); err != nil {
			return nil, err
		}
		all = append(all, emptyField{name, place.Query{At: at, Pages: pagesFor(spec, pages), Width: width, Height: height}})
	}
	return all, nil
}

// settle finds the places of the seals of a request, and of prepared fields, which it adds. What comes back goes to the sealer.
func (p press) settle(ctx context.Context, document workflow.Document, request *signer.Request) (preparation, error) {
	ready := preparation{Document: document, Closer: nothing{}}
	var queries []place.Query
	for _, field := range p.where.fields {
		queries = append(queries, field.query)
	}
	wishes := make([]wish, len(request.Seals))
	for n := range wishes {
		wishes[n] = wish{p.where.at, p.where.clear}
	}
	places, err := settler{p.sealer, p.where.eyes.seek}.settle(ctx, document, request.Seals, wishes, queries...)
	if err != nil || len(queries) == 0 {
		return ready, err
	}
	request.BatchID = workflow.NewID()
	plan := signer.Preparation{BatchID: request.BatchID}
	for n, field := range p.where.fields {
		if len(places[n]) != 1 {
			return ready, usage("name one place, with one page in --prepare-pages", "the field %q would stand in %d places", field.name, len(places[n]))
		}
		plan.Fields = append(plan.Fields, signer.EmptyField{Name: field.name, Place: places[n][0], Width: field.query.Width, Height: field.query.Height})
	}
	return prepareFile(ctx, p.sealer, document, plan)
}

// prepareFile writes a prepared document into a file that goes with its closer.
func prepareFile(ctx context.Context, sealer *signer.Sealer, document workflow.Document, plan signer.Preparation) (ready preparation, err error) {
	file, err := os.CreateTemp("", "contractd-prepared-*")
	if err != nil {
		return ready, err
	}
	closer := closing(func() error { return errors.Join(file.Close(), os.Remove(file.Name())) })
	done, err := sealer.Prepare(ctx, document, document.Size, file, plan)
	if err != nil {
		return ready, errors.Join(err, closer())
	}
	return preparation{Document: workflow.Document{Ref: workflow.Ref{Hash: done.SHA256, Size: done.Size}, ReaderAt: file}, Closer: closer}, nil
}

// closing is a function as an io.Closer.
type closing func() error

var _ io.Closer = closing(nil)

// Close implements io.Closer.
func (c closing) Close() error { return c() }
