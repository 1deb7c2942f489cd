//go:build cgo && unix

package token

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"contractd/signer/child"
)

// link is one life of the child, from the side of its parent. When it is lost a new one is made.
type link struct {
	process *child.Process
	conn    *net.UnixConn
	out     *outlet
	turns   chan struct{} // Twice as many as there are sessions: the next request waits in the child already.

	slot    Slot
	login   sync.Mutex // Held while a PIN is asked for; guards what follows.
	in      bool
	objects []object // Of after the login; nil before.

	mu      sync.Mutex // Guards what follows.
	number  uint32
	waiting map[uint32]chan frame
	lost    error // Why it is of no use any more.
}

// unwanted are variables of a daemon that are none of a module's.
var unwanted = []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "CREDENTIALS_DIRECTORY"}

// startLink starts a child; the module is loaded with the first request. Modules read their own settings from the environment.
func startLink(module string) (*link, error) {
	if absolute, err := filepath.Abs(module); err == nil && strings.ContainsRune(module, filepath.Separator) {
		module = absolute
	}
	ours, theirs, err := child.Pair()
	if err != nil {
		return nil, err
	}
	environment := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(unwanted, name)
	})
	process, err := child.Start(child.Command{Args: []string{Verb, module}, Files: []*os.File{theirs}, Env: environment, Resident: true})
	theirs.Close() // The child has its own.
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	l := &link{process: process, conn: ours, out: &outlet{w: ours}, turns: make(chan struct{}, 2*sessionLimit), waiting: map[uint32]chan frame{}}
	go l.read()
	return l, nil
}

// read hands answers to those who wait for them, until the child has gone.
func (l *link) read() {
	in := bufio.NewReaderSize(l.conn, 64<<10)
	for {
		f, err := readFrame(in)
		if err != nil {
			l.end(ErrCrash)
			return
		}
		l.mu.Lock()
		waiting := l.waiting[f.number]
		delete(l.waiting, f.number)
		l.mu.Unlock()
		if waiting != nil {
			waiting <- f
		}
	}
}

// end kills the child; the first cause counts.
func (l *link) end(cause error) {
	l.mu.Lock()
	first := l.lost == nil
	if first {
		l.lost = cause
	}
	waiting := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	if !first {
		return
	}
	l.conn.Close() // Nothing is said any more.
	death := l.process.End(child.None)
	if errors.Is(cause, ErrCrash) {
		l.mu.Lock()
		l.lost = fmt.Errorf("%w: %s", ErrCrash, death.Status)
		l.mu.Unlock()
	}
	for _, one := range waiting {
		close(one)
	}
}

// why returns why it is of no use any more, or nil.
func (l *link) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

// call asks the child and waits for its answer. A child that does not answer in time is ended; the context ends only the wait.
func (l *link) call(ctx context.Context, what op, body []byte, patience time.Duration) ([]byte, error) {
	select {
	case l.turns <- struct{}{}:
		defer func() { <-l.turns }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	answer, err := l.ask(what, body)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case f, ok := <-answer:
		if !ok {
			return nil, l.why()
		}
		if f.op == outcomeFailed {
			return nil, decodeFailure(f.body)
		}
		return f.body, nil
	case <-timer.C:
		err := fmt.Errorf("%w: %s", ErrTimeout, patience)
		l.end(err)
		return nil, err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (l *link) ask(what op, body []byte) (<-chan frame, error) {
	answer := make(chan frame, 1)
	l.mu.Lock()
	if l.lost != nil {
		defer l.mu.Unlock()
		return nil, l.lost
	}
	l.number++
	number := l.number
	l.waiting[number] = answer
	l.mu.Unlock()
	// A failed write means that the child has gone, which read tells with the cause.
	_ = l.out.send(frame{number, what, body})
	return answer, nil
}

// tell asks the child for something that is answered as JSON.
func tell[T any](ctx context.Context, l *link, what op, question any, patience time.Duration) (answer T, err error) {
	var body []byte
	if question != nil {
		if body, err = json.Marshal(question); err != nil {
			return answer, err
		}
	}
	said, err := l.call(ctx, what, body, patience)
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(said, &answer); err != nil {
		return answer, fmt.Errorf("%w: %w", errFrame, err)
	}
	return answer, nil
}
