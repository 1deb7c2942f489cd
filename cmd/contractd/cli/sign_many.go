package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/workflow"
)

// runSignMany seals each file into a folder, under its own name.
func (e *env) runSignMany(ctx context.Context, ins []string, options signOptions) error {
	if options.folder == "" || options.out != "" {
		return usage("name a folder with -O", "sign %d files into one", len(ins))
	}
	outs, err := options.outputs(ins)
	if err != nil {
		return err
	}
	options.out = options.folder
	if err := options.check(); err != nil {
		return err
	}
	where, err := options.place()
	if err != nil {
		return err
	}
	cfg, err := e.configFor(options.keyOptions)
	if err != nil {
		return err
	}
	request, sealer, err := e.prepareSeal(ctx, cfg, options, where)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(options.folder, 0o777); err != nil {
		return workflow.WithHint(fmt.Errorf("make the output folder: %w", err), "name with -O a folder in which you may write")
	}
	run := &signing{env: e, press: press{options, where, request, sealer, nil}, tempo: e.newTempo(len(ins))}
	run.open = run.opener(cfg)
	if run.held, err = run.open(ctx); err != nil {
		return err
	}
	defer func() { run.held.closer.Close() }() // The process ends; what it signed is there.
	return run.all(ctx, ins, outs)
}

// outputs returns where each file goes. Two of one name would replace one another.
func (o signOptions) outputs(ins []string) ([]string, error) {
	outs, from := make([]string, len(ins)), map[string]string{}
	for n, in := range ins {
		name := filepath.Base(in)
		if other, twice := from[name]; twice {
			return nil, usage("seal them into different folders", "%s and %s have the same name", other, in)
		}
		from[name] = in
		outs[n] = filepath.Join(o.folder, name)
	}
	return outs, nil
}

// signing is one run over many files.
type signing struct {
	env   *env
	press press
	tempo *tempo
	open  func(context.Context) (*heldKey, error)

	mu     sync.Mutex // Guards what follows; whoever reopens the key keeps the others waiting.
	held   *heldKey
	worked atomic.Bool // The key has signed in this run: one that is missing now was lost.
	hint   string      // Of the first failure.
}

// opener opens the key, again after it was lost; a PIN is asked for once.
func (s *signing) opener(cfg *config.Config) func(context.Context) (*heldKey, error) {
	options := s.press.options.keyOptions
	if cfg == nil {
		return func(ctx context.Context) (*heldKey, error) { return s.env.openKey(ctx, options, nil) }
	}
	ring := newKeyring(withPIN(cfg, options), unguarded{}, remembering(s.env.prompter()))
	return func(ctx context.Context) (*heldKey, error) {
		ring.forget(options.key)
		held, err := ring.key(ctx, options.key)
		return held, workflow.WithHint(err, keyHint(err))
	}
}

// remembering asks once for each secret.
func remembering(ask config.Prompter) config.Prompter {
	if ask == nil {
		return nil
	}
	known := map[string]string{}
	return func(ctx context.Context, what string) (string, error) { // Called by one at a time: the keyring sees to it.
		if secret, ok := known[what]; ok {
			return secret, nil
		}
		secret, err := ask(ctx, what)
		if err == nil {
			known[what] = secret
		}
		return secret, err
	}
}

func (s *signing) all(ctx context.Context, ins, outs []string) error {
	group, working := errgroup.WithContext(ctx)
	parallel := s.press.options.parallel
	if parallel <= 0 {
		parallel = max(runtime.NumCPU(), 2)
	}
	group.SetLimit(parallel)
	var failed atomic.Int64
	for n, in := range ins {
		if working.Err() != nil {
			break
		}
		group.Go(func() error {
			done, skipped, err := s.one(working, in, outs[n])
			switch {
			case working.Err() != nil:
				return working.Err()
			case err != nil:
				failed.Add(1)
				s.remember(err)
				s.tempo.line(s.env.stderr, "%s: %s\n", printable(in), printable(err.Error()))
			case skipped:
			case s.env.json:
				s.tempo.line(s.env.stdout, "%s", jsonLine(done))
			default:
				s.tempo.line(s.env.stdout, "%s: sealed by %s, level %s, sha256 %s\n", printable(done.Output), printable(done.Signer), done.Level, done.SHA256)
			}
			s.tempo.step(skipped, err != nil)
			return nil
		})
	}
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return workflow.WithHint(err, "repeat the same command: what is done is not done again")
	}
	if n := failed.Load(); n > 0 {
		return workflow.WithHint(fmt.Errorf("%d of %d files are not sealed", n, len(ins)), s.hint+"; then repeat the same command: what is done is not done again")
	}
	return nil
}

func (s *signing) remember(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hint == "" {
		s.hint = hintOf(err)
	}
}

// one seals one file. A key that has signed before in this run and is gone is waited for.
func (s *signing) one(ctx context.Context, in, out string) (done signed, skipped bool, err error) {
	document, closer, err := openPlain(in)
	if err != nil {
		return done, false, err
	}
	defer closer.Close() // Only read.
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	if skipped, err = s.sealed(ctx, in, document, out, held); skipped || err != nil {
		return done, skipped, err
	}
	if err := inspectInput(ctx, document, s.press.options.shadow); err != nil {
		return done, false, err
	}
	for {
		done, err = s.seal(ctx, document, out, held)
		if err == nil {
			s.worked.Store(true)
			s.tempo.waits("")
			return done, false, nil
		}
		if !errors.Is(err, workflow.ErrKeyMissing) || !s.worked.Load() {
			return done, false, err
		}
		s.tempo.waits(fmt.Sprintf("waiting for the key 等待证书: %s", printable(err.Error())))
		if held, err = s.reopen(ctx, held); err != nil {
			return done, false, err
		}
	}
}

func (s *signing) seal(ctx context.Context, document workflow.Document, out string, held *heldKey) (done signed, err error) {
	target, err := createOutput(out, s.press.options.force)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	with := s.press
	with.held = held
	return s.env.sealInto(ctx, document, target, with)
}

// sealed reports whether an output is there that is this very input with a seal of this very key, as an interrupted run
// leaves it.
func (s *signing) sealed(ctx context.Context, path string, in workflow.Document, out string, held *heldKey) (bool, error) {
	err := checkOutput(path, out, s.press.options.force)
	if !errors.Is(err, workflow.ErrExists) {
		return false, err
	}
	there, closer, failure := openPlain(out)
	if failure != nil {
		return false, failure
	}
	defer closer.Close() // Only read.
	batch := signer.Batch{Own: held.certificate.Equal, To: in.Size}
	undone, failure := s.press.sealer.Undo(ctx, there, there.Size, io.Discard, batch)
	if failure == nil && undone.Size == in.Size && undone.SHA256 == in.Hash {
		return true, nil
	}
	return false, err
}

// reopen waits a while and opens the key again. lost is the one that failed; somebody else may have opened it anew meanwhile.
// A token that heals itself gives the same key, of which only the next signature tells whether it is back.
func (s *signing) reopen(ctx context.Context, lost *heldKey) (*heldKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != lost {
		return s.held, nil
	}
	for {
		if err := sleep(ctx, keyPatience); err != nil {
			return nil, err
		}
		held, err := s.open(ctx)
		if err == nil {
			s.held = held
			return held, nil
		}
		if !errors.Is(err, workflow.ErrKeyMissing) {
			return nil, err
		}
	}
}
