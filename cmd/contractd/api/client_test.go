package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"contractd/workflow"
	"contractd/workflow/access"
	"contractd/workflow/flowtest"
)

// dial returns a client of the handler behind a unix socket.
func (s *stage) dial(handler http.Handler) *Client {
	s.Helper()
	path := filepath.Join(s.TempDir(), "s")
	listener, err := (&net.ListenConfig{}).Listen(s.Context(), "unix", path)
	if err != nil {
		s.Fatal(err)
	}
	server := NewServer(handler, s.services.Log)
	server.BaseContext = func(net.Listener) context.Context { return WithActor(context.Background(), boss) }
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // Always http.ErrServerClosed, by Close below.
	}()
	client := Dial(path, "1")
	s.Cleanup(func() {
		if err := errors.Join(client.Close(), server.Close()); err != nil {
			s.Error(err)
		}
		<-ended
	})
	return client
}

// losing does what is asked and cuts the connection before the answer is through: at once, or in the midst.
func losing(inner http.Handler, times int32, midst bool) (http.Handler, *atomic.Int32) {
	var count atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if count.Add(1) > times {
			inner.ServeHTTP(w, r)
			return
		}
		lost := &lostAnswer{ResponseWriter: w, midst: midst}
		inner.ServeHTTP(lost, r)
		panic(http.ErrAbortHandler)
	}), &count
}

// lostAnswer lets through a first line at most.
type lostAnswer struct {
	http.ResponseWriter
	midst bool
	lines int
}

func (l *lostAnswer) WriteHeader(code int) {
	if l.midst {
		l.ResponseWriter.WriteHeader(code)
	}
}

func (l *lostAnswer) Write(p []byte) (int, error) {
	if l.lines++; l.midst && l.lines == 1 {
		return l.ResponseWriter.Write(p)
	}
	return len(p), nil
}

func (l *lostAnswer) FlushError() error {
	if l.midst {
		return http.NewResponseController(l.ResponseWriter).Flush()
	}
	return nil
}

// TestClientRepeatsOnce: the act was done, its answer was lost; the client asks again and does nothing twice.
func TestClientRepeatsOnce(t *testing.T) {
	for name, midst := range map[string]bool{"no answer": false, "half an answer": true} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			handler, count := losing(Handler(s.services), 1, midst)
			client := s.dial(handler)
			order := flowtest.Order("A-1")
			order.Hold = true
			contract, err := client.Send(t.Context(), order, bytes.NewReader(bytes.Repeat([]byte("draft "), 10_000)), flowtest.Quiet)
			if err != nil || contract.State != workflow.StateSealed {
				t.Fatalf("send: %s, %v", contract.State, err)
			}
			if count.Load() != 2 {
				t.Errorf("%d requests", count.Load())
			}
			if contracts, err := s.ledger.Contracts(t.Context(), workflow.ContractFilter{}); err != nil || len(contracts) != 1 {
				t.Errorf("%d contracts, %v", len(contracts), err)
			}
		})
	}
	t.Run("decision", func(t *testing.T) {
		s := newStage(t)
		s.sealed("A-1")
		handler, count := losing(Handler(s.services), 1, false)
		client := s.dial(handler)
		if contract, err := client.Decide(t.Context(), "A-1", "release", Act{}); err != nil || contract.Hold || count.Load() != 2 {
			t.Errorf("%v, %d requests", err, count.Load())
		}
	})
}

// TestClientRepeatsNoMore gives up after the second lost answer, and asks what changes nothing only once.
func TestClientRepeatsNoMore(t *testing.T) {
	s := newStage(t)
	handler, count := losing(Handler(s.services), 9, false)
	client := s.dial(handler)
	if _, err := client.AddAPIKey(t.Context(), access.Order{Name: "erp", Rights: []workflow.Right{workflow.RightView}}); err == nil || count.Load() != 2 || workflow.HintOf(err) == "" {
		t.Errorf("%v, %d requests", err, count.Load())
	}
	if keys, err := s.services.Gate.List(t.Context(), boss); err != nil || len(keys) != 1 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if _, err := client.Suppliers(t.Context()); err == nil || count.Load() != 3 {
		t.Errorf("%v, %d requests", err, count.Load())
	}
	// A stream cannot be sent twice.
	if _, err := client.Send(t.Context(), flowtest.Order("A-1"), io.MultiReader(strings.NewReader("draft")), flowtest.Quiet); err == nil || count.Load() != 4 {
		t.Errorf("%v, %d requests", err, count.Load())
	}
}

// TestClientHearsRefusals gets the reason of a refused upload, which it does not send.
func TestClientHearsRefusals(t *testing.T) {
	s := newStage(t)
	client := s.dial(Handler(s.services))
	body := bytes.NewReader(make([]byte, 4<<20))
	if _, err := client.Send(t.Context(), flowtest.Order("A-1"), body, flowtest.Quiet); !errors.Is(err, workflow.ErrTooLarge) || workflow.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
}
