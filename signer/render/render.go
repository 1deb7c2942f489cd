// Package render turns pages into pictures with PDFium, compiled to WebAssembly and run within this process.
//
// It promises that what it renders touches neither files nor network: the module sees only the document's bytes. The
// first use compiles the module for some seconds; a folder given for it keeps the result for the next process. It does
// not judge what it shows.
package render

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// DefaultDPI shows a page in about the size of a screen.
const DefaultDPI = 96

// maxDPI bounds the memory of one picture.
const maxDPI = 600

// memoryPages bounds the module's memory, in WebAssembly pages of 64 KiB: 1 GiB.
const memoryPages = 1 << 14

// Options says how to render. The zero value is DefaultDPI without a cache.
type Options struct {
	DPI   int
	Cache string // Folder, private to the user, for the compiled module; empty means none.
	Pages int    // At most so many pages; 0 means all.
	Only  []int  // These pages alone, counting from 1; empty means all.
	Print bool   // As on paper, not as on a screen.
}

// Renderer holds the compiled module. Its methods may be called from several goroutines; one document is rendered at
// a time.
type Renderer struct {
	pool  pdfium.Pool
	cache wazero.CompilationCache
}

// New compiles PDFium, or takes it from the cache.
func New(ctx context.Context, options Options) (*Renderer, error) {
	r := &Renderer{}
	runtime := wazero.NewRuntimeConfig().WithCloseOnContextDone(true).WithMemoryLimitPages(memoryPages).
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling)
	if options.Cache != "" {
		cache, err := wazero.NewCompilationCacheWithDir(options.Cache)
		if err != nil {
			return nil, fmt.Errorf("open renderer's cache: %w", err)
		}
		r.cache = cache
		runtime = runtime.WithCompilationCache(cache)
	}
	pool, err := webassembly.Init(webassembly.Config{
		Context: ctx, MinIdle: 0, MaxIdle: 1, MaxTotal: 1, RuntimeConfig: runtime,
		FSConfig: wazero.NewFSConfig(), // Nothing is mounted.
		Stdout:   io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start PDFium: %w", err), r.Close(ctx))
	}
	r.pool = pool
	return r, nil
}

// Close releases the module.
func (r *Renderer) Close(ctx context.Context) error {
	var failures []error
	if r.pool != nil {
		failures = append(failures, r.pool.Close())
	}
	if r.cache != nil {
		failures = append(failures, r.cache.Close(ctx))
	}
	return errors.Join(failures...)
}

// Pages renders the document with its forms and annotations, and gives each page to each, counting from 1. The picture is
// valid for good.
func (r *Renderer) Pages(ctx context.Context, in io.ReaderAt, size int64, options Options, each func(page int, picture *image.RGBA) error) (err error) {
	session, err := r.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	document, err := session.Open(in, size)
	if err != nil {
		return err
	}
	for page := 1; page <= document.Pages(); page++ {
		if options.Pages > 0 && page > options.Pages {
			break
		}
		if len(options.Only) > 0 && !slices.Contains(options.Only, page) {
			continue
		}
		picture, err := document.Render(ctx, page, View{DPI: options.DPI, Print: options.Print})
		if err != nil {
			return err
		}
		if err := each(page, picture); err != nil {
			return err
		}
	}
	return ctx.Err()
}
