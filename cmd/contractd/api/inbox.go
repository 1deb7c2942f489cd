package api

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"contractd/workflow/inbound"
)

// explainPath is where a message is explained; like the check, it changes nothing although it is posted.
const explainPath = "/v1/inbox/explain"

// explain tells what would become of a message, which is the body.
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
	return said, c.call(ctx, request{method: http.MethodPost, path: explainPath}.with(raw, "message/rfc822"), &said)
}
