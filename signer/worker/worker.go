// Package worker judges and shows foreign files in child processes of this very program, so that a file that breaks its
// reader costs one answer and nothing else.
//
// It promises: a worker sees the bytes that it is asked about and nothing else, for it opens no file, reaches no network
// and starts no program (package sandbox, as far as the kernel can) and lives within limits of memory, time and output
// (package child); what kills it becomes a verdict that names the limit; what it needs from the network it asks for by
// its address, and the parent decides. A worker serves many files, one after the other, and is replaced now and then.
//
// For a process that closes itself off it also has a child that asks authorities (Fetcher), which sees no file.
//
// It does not make verdicts better or worse: the same code runs as in package verify.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"contractd/signer/child"
	"contractd/workflow"
)

// Verb is the hidden argument that makes the program call Serve.
const Verb = "judge-files"

// Config says how workers live. A zero field means its default.
type Config struct {
	Size   int          // How many work at once; default 1.
	Files  int          // After so many a worker is replaced; default 200.
	Limits child.Limits // For one file; default 30 s, 20 s of processor time, 1 GiB, 16 MiB of answer.
	Shows  bool         // It starts PDFium, for Look; that takes some 300 MB more.
	Cache  string       // Folder for the compiled PDFium; empty: it is compiled at each start.
	Log    *slog.Logger
}

// Pool holds workers. They start when they are first needed, or with Warm.
type Pool struct {
	config Config
	turns  chan struct{} // One for each that may work.

	warming sync.WaitGroup // Workers that start ahead of a question.

	mu     sync.Mutex // Guards what follows.
	idle   []*hand
	deaths []grave // Of the last files that killed a worker: nobody tries those again.
	told   bool    // That walls are missing.
}

// grave remembers what a file did.
type grave struct {
	file  workflow.Hash
	act   act
	death *child.Death
}

const (
	maxGraves    = 32
	cacheWritten = 256 << 20 // Bytes of the compiled PDFium, at most.
)

// New prepares a pool; nothing is started yet.
func New(config Config) *Pool {
	if config.Size <= 0 {
		config.Size = 1
	}
	if config.Files <= 0 {
		config.Files = 200
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	l := &config.Limits
	l.Timeout, l.CPU = orElse(l.Timeout, 30*time.Second), orElse(l.CPU, 20*time.Second)
	l.Memory, l.Output = orElse(l.Memory, 1<<30), orElse(l.Output, 16<<20)
	if config.Shows && config.Cache != "" {
		l.File = cacheWritten
	}
	return &Pool{config: config, turns: make(chan struct{}, config.Size)}
}

// Warm starts a worker while its caller still prepares the first question, which waits for it. Should it fail, the question
// tries again and tells why.
func (p *Pool) Warm(ctx context.Context) {
	if alone {
		return
	}
	p.turns <- struct{}{}
	p.warming.Go(func() {
		defer func() { <-p.turns }()
		if h, err := p.take(ctx); err == nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.idle = append(p.idle, h)
		}
	})
}

func orElse[T ~int64](value, standard T) T {
	if value <= 0 {
		return standard
	}
	return value
}

// Close ends all workers. Nobody may ask any more.
func (p *Pool) Close() error {
	p.warming.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.idle {
		h.end(child.None)
	}
	p.idle = nil
	return nil
}

// ask has a worker do a task over documents. The error is a *child.Death when a worker died of it; one that died without
// a limit may have been ended by somebody else, so the file gets one more.
func (p *Pool) ask(ctx context.Context, t task, documents ...workflow.Document) (answer, error) {
	if death := p.known(t.Act, documents[0].Hash); death != nil {
		return answer{}, death
	}
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
	if alone {
		return p.askHere(ctx, t, documents)
	}
	var files []*os.File
	defer func() { closeAll(files) }()
	for _, document := range documents {
		file, err := descriptor(ctx, document)
		if err != nil {
			return answer{}, fmt.Errorf("hand a document to a worker: %w", err)
		}
		files = append(files, file)
		t.Documents = append(t.Documents, document.Ref)
	}
	for second := false; ; second = true {
		a, err := p.try(ctx, t, files)
		var death *child.Death
		if !errors.As(err, &death) {
			return a, err
		}
		p.config.Log.Warn("worker died", "act", t.Act, "document", documents[0].Hash.Short(), "limit", death.Limit, "status", death.Status, "said", firstLine(death.Stderr))
		if death.Limit != child.None || second {
			p.bury(t.Act, documents[0].Hash, death)
			return answer{}, death
		}
	}
}

// try has one worker do a task.
func (p *Pool) try(ctx context.Context, t task, files []*os.File) (answer, error) {
	h, err := p.take(ctx)
	if err != nil {
		return answer{}, err
	}
	a, err := h.ask(ctx, t, files)
	if err != nil {
		return answer{}, err
	}
	p.put(h)
	if a.Error != "" {
		return answer{}, &failure{a.Error}
	}
	return a, nil
}

// failure is what a worker says of a task that it could not do.
type failure struct{ said string }

// Error implements error.
func (f *failure) Error() string { return "worker: " + f.said }

// take returns an idle worker that lives, or a new one.
func (p *Pool) take(ctx context.Context) (*hand, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		h := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		select {
		case <-h.process.Ended():
			h.end(child.None)
		default:
			return h, nil
		}
	}
	h, err := start(ctx, p.config)
	if err != nil {
		return nil, err
	}
	if missing := h.walls.Missing; missing != "" && !p.told {
		p.told = true
		p.config.Log.Warn("a worker is not closed off completely", "missing", missing)
	}
	return h, nil
}

// put keeps a worker for the next file, unless it has served enough.
func (p *Pool) put(h *hand) {
	if h.served++; h.served >= p.config.Files {
		h.end(child.None)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, h)
}

func (p *Pool) known(a act, file workflow.Hash) *child.Death {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, g := range p.deaths {
		if g.file == file && (g.act == a || g.act == actValues) { // What cannot even be searched for signatures is not judged.
			return g.death
		}
	}
	return nil
}

func (p *Pool) bury(a act, file workflow.Hash, death *child.Death) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaths = append(p.deaths, grave{file, a, death})
	p.deaths = slices.Delete(p.deaths, 0, max(0, len(p.deaths)-maxGraves))
}

// closeAll closes what was only read.
func closeAll(files []*os.File) {
	for _, file := range files {
		file.Close()
	}
}

// cacheFolder is absolute, for a child need not stand where its parent does.
func cacheFolder(dir string) string {
	if dir == "" {
		return ""
	}
	if absolute, err := filepath.Abs(dir); err == nil {
		return absolute
	}
	return dir
}
