package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"contractd/templates/contract"
	"contractd/workflow"
)

// keyPatience is how long the run waits before it asks for a key again that it lost.
const keyPatience = 2 * time.Second

// runFilled makes contracts from the template, seals them and hands them to the daemon, several at once. Each row is a
// request of its own name, so that a repeated command goes on where the one before was interrupted.
func (e *env) runFilled(ctx context.Context, options sendOptions) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	rows, err := options.readFilled(cfg.Company.Timezone.Location())
	if err != nil {
		return err
	}
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	run := &sending{env: e, conn: conn, options: options, font: cfg.Seal.Font, zone: cfg.Company.Timezone.Location()}
	if options.csv == "" {
		run.quiet = true
		sent, err := run.one(ctx, rows[0])
		if err != nil {
			return err
		}
		return e.sent(ctx, conn, sent)
	}
	return run.all(ctx, rows)
}

// sending is one run over a list.
type sending struct {
	env     *env
	conn    *connection
	options sendOptions
	font    string
	zone    *time.Location
	quiet   bool // A single contract: nothing is waited for.

	tempo  *tempo
	worked atomic.Bool // A contract was sealed with all its keys in this run: a key that is missing now was lost.
	mu     sync.Mutex  // Guards what follows.
	hint   string      // Of the first failure.
}

// all sends every row. What one contract lacks does not hold up the others.
func (s *sending) all(ctx context.Context, rows []filled) error {
	s.tempo = s.env.newTempo(len(rows))
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(s.options.parallel)
	var failed atomic.Int64
	for _, row := range rows {
		if working.Err() != nil {
			break
		}
		group.Go(func() error {
			sent, err := s.one(working, row)
			if working.Err() != nil {
				return working.Err()
			}
			if err != nil {
				failed.Add(1)
				s.mu.Lock()
				if s.hint == "" {
					s.hint = hintOf(err)
				}
				s.mu.Unlock()
				s.tempo.line(s.env.stderr, "contract %s: %s\n", printable(row.order.Number), printable(err.Error()))
			} else {
				s.told(sent)
			}
			s.tempo.step(false, err != nil)
			return nil
		})
	}
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return workflow.WithHint(err, "repeat the same command: what is done is not done again")
	}
	if n := failed.Load(); n > 0 {
		return workflow.WithHint(fmt.Errorf("%d of %d contracts are not sealed", n, len(rows)), s.hint+"; then repeat the same command: what is done is not done again")
	}
	return nil
}

// told prints what became of one contract: a line for people, an object a line for programs.
func (s *sending) told(sent workflow.Contract) {
	if s.env.json {
		s.tempo.line(s.env.stdout, "%s", jsonLine(sent))
		return
	}
	s.tempo.line(s.env.stdout, "contract %s is %s (%s); sealed file %s\n", sent.Number, sent.State, stateText(sent.State), sent.Sealed().Hash)
}

// one sends one contract. Keys that worked before in this run and are gone are waited for.
func (s *sending) one(ctx context.Context, row filled) (workflow.Contract, error) {
	var draft bytes.Buffer
	date, err := parseDay(row.data.Date, s.zone, false)
	if err != nil {
		return workflow.Contract{}, err
	}
	// The date of the contract stands for that of the file: the same row must give the same bytes.
	err = contract.Render(ctx, &draft, row.data, contract.Options{Template: s.options.template, Font: s.font, Created: date})
	if err != nil {
		return workflow.Contract{}, err
	}
	sent, err := s.conn.Send(ctx, row.order, bytes.NewReader(draft.Bytes()), s.progress)
	for err != nil && s.lost(err) {
		s.tempo.waits(fmt.Sprintf("waiting 等待: %s", printable(err.Error())))
		if err := sleep(ctx, keyPatience); err != nil {
			return sent, err
		}
		sent, err = s.conn.Seal(ctx, row.order.Number, "", s.progress)
	}
	if err == nil && sent.State != workflow.StateDraft {
		s.worked.Store(true)
		if s.tempo != nil {
			s.tempo.waits("")
		}
	}
	return sent, err
}

// lost tells a key that was there from one that is elsewhere: a contract whose second key never was here waits for
// `contractd seal NUMBER --key K`, and holds up nobody.
func (s *sending) lost(err error) bool {
	return errors.Is(err, workflow.ErrKeyMissing) && s.worked.Load() && !s.quiet
}

func (s *sending) progress(step, detail string) {
	if s.quiet {
		s.env.progress(step, detail)
	}
}
