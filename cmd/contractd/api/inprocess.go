package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"

	"contractd/workflow"
)

// InProcess returns a client of handlers in this very process: the same requests over an in-memory connection.
func InProcess(services Services, actor workflow.Actor) *Client {
	listener := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	handler := Handler(services)
	server := &http.Server{
		Handler:     handler,
		BaseContext: func(net.Listener) context.Context { return WithActor(context.Background(), actor) },
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		server.Serve(listener) // Always ends with http.ErrServerClosed, by close below.
	}()
	transport := &http.Transport{DialContext: listener.dial, ExpectContinueTimeout: refusalTime}
	return &Client{services.Version, &http.Client{Transport: transport}, func() error {
		transport.CloseIdleConnections()
		err := server.Shutdown(context.Background()) // What a caller began and left is ended before the store is closed.
		<-ended
		return err
	}}
}

// pipeListener hands out in-memory connections.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

var errClosed = errors.New("in-process API is closed")

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.done:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, errClosed
	}
}

// Close implements net.Listener.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr implements net.Listener.
func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "in-process" }
