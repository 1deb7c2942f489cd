package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"contractd/workflow"
)

// refusalTime is how long a large upload waits to hear whether it is wanted (RFC 9110, 10.1.1) before it is sent anyhow.
const refusalTime = 2 * time.Second

// request is what the client asks, in a form that can be sent twice.
type request struct {
	method, path string
	key          string // Idempotency key; only a request that has one is repeated.
	kind         string // Content-Type of the body.
	body         *io.SectionReader
	stream       io.Reader // The body, where it can be read only once.
}

// changing is a request that changes something: with a key, so that it can be repeated when its answer is lost.
func changing(path, key string) request {
	if key == "" {
		key = rand.Text()
	}
	return request{method: http.MethodPost, path: path, key: key}
}

// with adds a body, from where it stands to its end.
func (r request) with(body io.Reader, kind string) request {
	r.kind = kind
	file, ok := body.(interface {
		io.ReaderAt
		io.Seeker
	})
	if ok {
		start, err := file.Seek(0, io.SeekCurrent)
		end, failure := file.Seek(0, io.SeekEnd)
		if err == nil && failure == nil {
			r.body = io.NewSectionReader(file, start, end-start)
			return r
		}
	}
	r.stream = body
	return r
}

// content returns the body for one sending, and its size, -1 where it is not known. Each sending reads for itself: the
// one before may not have ended when its failure is known.
func (r request) content() (io.Reader, int64) {
	if r.body != nil {
		return io.NewSectionReader(r.body, 0, r.body.Size()), r.body.Size()
	}
	return r.stream, -1
}

// repeatable reports whether the request may be sent again.
func (r request) repeatable(ctx context.Context) bool {
	return r.key != "" && r.stream == nil && ctx.Err() == nil
}

// get asks for one JSON value.
func (c *Client) get(ctx context.Context, path string, into any) error {
	return c.call(ctx, request{method: http.MethodGet, path: path}, into)
}

// change sends a request that changes something, with an optional JSON body, and decodes the answer.
func (c *Client) change(ctx context.Context, method, path string, body, into any) error {
	ask := changing(path, "")
	ask.method = method
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write request: %w", err)
		}
		ask = ask.with(bytes.NewReader(data), "application/json")
	}
	return c.call(ctx, ask, into)
}

func (c *Client) call(ctx context.Context, ask request, into any) error {
	response, err := c.do(ctx, ask)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("read answer of the daemon: %w", err)
	}
	return nil
}

// do sends a request; an answer that is a failure becomes its error. When the connection breaks once it stood, so that
// nobody knows whether the request was heard, it is repeated once with the same key: that does nothing twice.
func (c *Client) do(ctx context.Context, ask request) (*http.Response, error) {
	response, err := c.once(ctx, ask)
	if err != nil && ask.repeatable(ctx) && !neverSent(err) {
		if again, failure := c.once(ctx, ask); failure == nil {
			response, err = again, nil
		}
	}
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("talk to the daemon: %w", err)
	}
	if err != nil {
		return nil, workflow.WithHint(fmt.Errorf("talk to the daemon: %w", err), "see whether `contractd serve` runs, and its log")
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	var failure Failure
	if err := json.NewDecoder(io.LimitReader(response.Body, maxBody)).Decode(&failure); err != nil || failure.Message == "" {
		return nil, fmt.Errorf("talk to the daemon: it answered %s", response.Status)
	}
	return nil, failure.err()
}

// once sends a request.
func (c *Client) once(ctx context.Context, ask request) (*http.Response, error) {
	body, size := ask.content()
	sent, err := http.NewRequestWithContext(ctx, ask.method, "http://contractd"+ask.path, body)
	if err != nil {
		return nil, err
	}
	if body != nil && size >= 0 {
		sent.ContentLength = size
	}
	if size > maxBody {
		sent.Header.Set("Expect", "100-continue")
	}
	for name, value := range map[string]string{VersionHeader: c.version, IdempotencyHeader: ask.key, "Content-Type": ask.kind} {
		if value != "" || name == VersionHeader {
			sent.Header.Set(name, value)
		}
	}
	return c.http.Do(sent)
}

// neverSent reports whether there was no connection.
func neverSent(err error) bool {
	var failure *net.OpError
	return errors.As(err, &failure) && failure.Op == "dial"
}
