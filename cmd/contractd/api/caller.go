package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"contractd/workflow"
)

type actorKey struct{}

// WithActor returns a context in which the actor acts.
func WithActor(ctx context.Context, actor workflow.Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// actorOf returns the actor of the request; without one, an actor who may do nothing.
func actorOf(ctx context.Context) workflow.Actor {
	actor, _ := ctx.Value(actorKey{}).(workflow.Actor)
	return actor
}

// admitted finds out who calls: the holder of the API key that the request shows, whatever connection it came by, else
// whom the connection is known to belong to. A key that is not good is refused even where the connection would do.
func (s *server) admitted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, known := r.Context().Value(actorKey{}).(workflow.Actor)
		shown := r.Header.Values("Authorization")
		switch {
		case len(shown) == 0 && (known || r.URL.Path == openPath):
		case len(shown) == 0:
			s.stranger(w, r, errors.New("no API key"))
			return
		default:
			actor, err := s.holder(r.Context(), shown)
			if errors.Is(err, workflow.ErrUnknown) {
				s.stranger(w, r, err)
				return
			}
			if err != nil {
				s.refuse(w, r, err)
				return
			}
			r = r.WithContext(WithActor(r.Context(), actor))
		}
		next.ServeHTTP(w, r)
	})
}

// holder returns whom the header lets act. Its text is a secret: no error repeats it.
func (s *server) holder(ctx context.Context, shown []string) (workflow.Actor, error) {
	scheme, key, _ := strings.Cut(shown[0], " ")
	if len(shown) != 1 || !strings.EqualFold(scheme, "Bearer") { // RFC 9110, 11.1: schemes ignore case.
		return workflow.Actor{}, fmt.Errorf("read Authorization: want one, with the scheme Bearer: %w", workflow.ErrUnknown)
	}
	return s.Gate.Admit(ctx, strings.TrimSpace(key))
}

// stranger refuses a caller in the same words, whatever is wrong with the key; the log has the reason.
func (s *server) stranger(w http.ResponseWriter, r *http.Request, reason error) {
	s.Log.Warn("caller refused", "from", r.RemoteAddr, "path", r.URL.Path, "reason", reason)
	w.Header().Set("WWW-Authenticate", `Bearer realm="contractd"`)
	s.refuse(w, r, workflow.WithHint(fmt.Errorf("admit the caller: no API key that is in use: %w", workflow.ErrUnknown),
		"send `Authorization: Bearer KEY`; an administrator makes one with `contractd apikey add`"))
}

// within keeps a caller whose rights end at some suppliers from the contracts of others: to them these do not exist.
func (s *server) within(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		actor, number := actorOf(r.Context()), r.PathValue("number")
		if len(actor.Suppliers) > 0 {
			contract, err := s.find(r.Context(), number)
			if err == nil && !actor.Sees(contract.Supplier) {
				err = workflow.ErrNotFound
			}
			if errors.Is(err, workflow.ErrNotFound) { // In the same words for both.
				err = fmt.Errorf("find contract %s: %w", number, workflow.ErrNotFound)
			}
			if err != nil {
				s.refuse(w, r, err)
				return
			}
		}
		next(w, r)
	}
}
