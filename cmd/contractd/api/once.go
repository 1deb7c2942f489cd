package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"contractd/workflow"
)

// maxKey bounds an idempotency key, in bytes.
const maxKey = 200

// requestKey returns the name under which the request is remembered, or "" where the caller gave none. Each caller has
// names of its own: nobody learns the outcome of somebody else's request.
func requestKey(r *http.Request) (string, error) {
	key := r.Header.Get(IdempotencyHeader)
	if key == "" {
		return "", nil
	}
	if err := oneLine(IdempotencyHeader, key); err != nil || len(key) > maxKey {
		return "", errors.Join(err, fmt.Errorf("read %s: want one line of at most %d bytes: %w", IdempotencyHeader, maxKey, workflow.ErrUsage))
	}
	return strconv.Quote(actorOf(r.Context()).Name) + " " + key, nil
}

// once answers a request that changes something. With an idempotency key act is called for the first one only, and what it
// changes is remembered in the same transaction; a repeated one is answered by again, which changes nothing. What was
// refused is not remembered, so that it can be tried again.
func (s *server) once(act func(*http.Request) (any, error), again func(*http.Request, workflow.Request) (any, error)) http.HandlerFunc {
	return s.answer(func(r *http.Request) (any, error) {
		key, err := requestKey(r)
		if key == "" || err != nil {
			return s.unless(err, act, r)
		}
		leave, err := s.turns.take(r.Context(), key)
		if err != nil {
			return nil, err
		}
		defer leave()
		request, err := identify(key, r)
		if err != nil {
			return nil, err
		}
		seen, err := s.remembered(r.Context(), request)
		if errors.Is(err, workflow.ErrNotFound) {
			return act(r.WithContext(workflow.WithRequest(r.Context(), request)))
		}
		if err != nil {
			return nil, err
		}
		return again(r, seen)
	})
}

func (s *server) unless(err error, act func(*http.Request) (any, error), r *http.Request) (any, error) {
	if err != nil {
		return nil, err
	}
	return act(r)
}

// identify reads the request's body, leaves it to be read again, and takes the digest of all that was asked.
func identify(key string, r *http.Request) (workflow.Request, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return workflow.Request{}, unread(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	asked := fmt.Appendf(nil, "%q %q %q %q", r.Method, r.URL.EscapedPath(), r.URL.RawQuery, body)
	return workflow.Request{Key: key, Digest: workflow.HashOf(asked)}, nil
}

// remembered returns what was done for the request before, or an error wrapping ErrNotFound.
func (s *server) remembered(ctx context.Context, request workflow.Request) (workflow.Request, error) {
	seen, err := s.Memory.Request(ctx, request.Key)
	if err != nil {
		return seen, fmt.Errorf("look up request: %w", err)
	}
	if seen.Digest != request.Digest {
		return seen, workflow.WithHint(fmt.Errorf("repeat a request: its %s was used for another one: %w", IdempotencyHeader, workflow.ErrUsage),
			"choose a fresh key for each request; the same one only repeats the same request")
	}
	return seen, nil
}

// turns lets one request with a key act at a time; the next one with it waits for the outcome.
type turns struct {
	mu   sync.Mutex // Guards busy.
	busy map[string]chan struct{}
}

// take waits for the turn of a key; the caller ends it.
func (t *turns) take(ctx context.Context, key string) (leave func(), err error) {
	if key == "" { // A request without a name waits for nobody.
		return func() {}, nil
	}
	for {
		t.mu.Lock()
		before, waiting := t.busy[key]
		if !waiting {
			return t.enter(key), nil
		}
		t.mu.Unlock()
		select {
		case <-before:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the same request: %w: %w", ctx.Err(), workflow.ErrConflict)
		}
	}
}

// enter takes the turn, with mu held, and releases mu.
func (t *turns) enter(key string) func() {
	defer t.mu.Unlock()
	if t.busy == nil {
		t.busy = map[string]chan struct{}{}
	}
	done := make(chan struct{})
	t.busy[key] = done
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.busy, key)
		close(done)
	}
}
