package api

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"contractd/workflow/inbound"
)

// explain tells what would become of a message, which is the body. Like the check it changes nothing, although it is posted.
func (s *server) explain(w http.ResponseWriter, r *http.Request) (any, error) {
	raw, closer, err := s.takeInUpTo(w, r, max(s.Message, s.Limit))
	if err != nil {
		return nil, err
	}
	defer closer.Close() // It only frees room.
	said, err := s.Explain(r.Context(), actorOf(r.Context()), raw)
	if err != nil {
		return nil, fmt.Errorf("explain message %s: %w", raw.Hash.Short(), err)
	}
	return said, nil
}

// Explain tells what would become of a raw message.
func (c *Client) Explain(ctx context.Context, raw io.Reader) (inbound.Explanation, error) {
	var said inbound.Explanation
	return said, c.call(ctx, request{method: http.MethodPost, path: "/v1/inbox/explain"}.with(raw, "message/rfc822"), &said)
}
