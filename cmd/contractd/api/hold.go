package api

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"contractd/workflow"
	"contractd/workflow/decide"
)

// Copy is a backup of the store as it stood at one moment.
type Copy interface {
	// Write writes it. An error means that what was written is not whole.
	Write(ctx context.Context, w io.Writer) error
	// Close frees what it takes on the disk.
	Close() error
}

// held tells what would leave if everything were released.
func (s *server) held(r *http.Request) (any, error) {
	return s.Stopper.Look(r.Context(), actorOf(r.Context()))
}

// lift releases everything that was looked at.
func (s *server) lift(r *http.Request) (any, error) {
	var lift decide.Lift
	if err := decode(r, &lift); err != nil {
		return nil, err
	}
	defer s.Changed()
	return s.Stopper.Lift(r.Context(), actorOf(r.Context()), lift)
}

// lifted answers a repeated request with what waits still.
func (s *server) lifted(r *http.Request, _ workflow.Request) (any, error) { return s.held(r) }

// backup streams a backup.
func (s *server) backup(w http.ResponseWriter, r *http.Request) {
	err := s.Stopper.BackUp(r.Context(), actorOf(r.Context()))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	made, err := s.Backup(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer made.Close() // It only frees room; the spool is emptied at the next start too.
	w.Header().Set("Content-Type", "application/x-tar")
	if err := made.Write(r.Context(), w); err != nil { // It lacks its end, so that nobody takes it for complete.
		s.Log.Error("backup not delivered", "error", err)
		panic(http.ErrAbortHandler) // The one way in which net/http cuts an answer that has begun; nothing is logged for it.
	}
}

// Held returns what would leave if everything were released.
func (c *Client) Held(ctx context.Context) (decide.Outlook, error) {
	var outlook decide.Outlook
	return outlook, c.get(ctx, "/v1/hold", &outlook)
}

// Lift releases everything that was looked at.
func (c *Client) Lift(ctx context.Context, lift decide.Lift) (decide.Outlook, error) {
	var outlook decide.Outlook
	return outlook, c.change(ctx, http.MethodPost, "/v1/hold/lift", lift, &outlook)
}

// Backup streams a backup. Reading ends with an error unless all of it came.
func (c *Client) Backup(ctx context.Context) (io.ReadCloser, error) {
	response, err := c.do(ctx, request{method: http.MethodGet, path: "/v1/backup"})
	if err != nil {
		return nil, fmt.Errorf("ask for a backup: %w", err)
	}
	return response.Body, nil
}
