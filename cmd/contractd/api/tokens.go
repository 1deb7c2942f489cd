package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"contractd/workflow"
)

// Tokens is what the daemon sees of keys, wherever they are.
type Tokens struct {
	Tokens       []Token          `json:"tokens"`
	Certificates []KeyCertificate `json:"certificates"`
}

// Token is one token in a slot of a PKCS#11 module, or a module that cannot be used.
type Token struct {
	Module       string   `json:"module"`
	Fault        string   `json:"fault,omitempty"`
	Slot         uint     `json:"slot"`
	Reader       string   `json:"reader,omitempty"`
	Label        string   `json:"label,omitempty"`
	Serial       string   `json:"serial,omitempty"`
	Manufacturer string   `json:"manufacturer,omitempty"`
	Model        string   `json:"model,omitempty"`
	PIN          string   `json:"pin,omitempty"`
	Sessions     int      `json:"sessions"`
	MaxSessions  int      `json:"max_sessions"`
	Mechanisms   []string `json:"mechanisms,omitempty"`
}

// KeyCertificate is a configured key with its certificate, or why it cannot be used.
type KeyCertificate struct {
	Key          string        `json:"key"`
	Role         workflow.Role `json:"role"`
	Place        string        `json:"place"`
	Fault        string        `json:"fault,omitempty"`
	Hint         string        `json:"hint,omitempty"`
	Subject      string        `json:"subject,omitempty"`
	Organization string        `json:"organization,omitempty"`
	Code         string        `json:"code,omitempty"`
	Issuer       string        `json:"issuer,omitempty"`
	Serial       string        `json:"serial,omitempty"`
	NotBefore    time.Time     `json:"not_before,omitzero"`
	NotAfter     time.Time     `json:"not_after,omitzero"`
	Days         int           `json:"days"`
	Algorithm    string        `json:"algorithm,omitempty"`
	Usage        []string      `json:"usage,omitempty"`
	Answers      bool          `json:"answers"`
}

// pinLogin is the body of a login. Its text is wiped as far as Go allows; nothing of it is remembered for repetitions.
type pinLogin struct {
	PIN string `json:"pin"`
}

// login takes a PIN. It is no request to be remembered: a digest of so short a secret would give it away.
func (s *server) login(r *http.Request) (any, error) {
	actor, name := actorOf(r.Context()), r.PathValue("name")
	if err := actor.NeedForAll(workflow.RightDecide); err != nil {
		return nil, err
	}
	if !actor.Person() {
		return nil, workflow.WithHint(fmt.Errorf("log in to key %q as a program: %w", name, workflow.ErrRight), "a key's holder logs in: `contractd token login`")
	}
	var given pinLogin
	if err := decode(r, &given); err != nil {
		return nil, err
	}
	if given.PIN == "" {
		return nil, fmt.Errorf("log in to key %q: the PIN is missing: %w", name, workflow.ErrUsage)
	}
	pin := []byte(given.PIN)
	defer clear(pin)
	if err := s.Login(r.Context(), name, pin); err != nil {
		return nil, err
	}
	return Resumption{name, "logged-in"}, nil
}

func (s *server) tokens(r *http.Request) (any, error) {
	if err := actorOf(r.Context()).NeedForAll(workflow.RightView); err != nil {
		return nil, err
	}
	return s.Tokens(r.Context(), r.URL.Query().Get("certificates") != "no")
}

// Login gives the daemon the PIN of a key.
func (c *Client) Login(ctx context.Context, key, pin string) error {
	return c.change(ctx, http.MethodPost, "/v1/keys/"+url.PathEscape(key)+"/login", pinLogin{pin}, &Resumption{})
}

// Tokens returns what the daemon sees of keys.
func (c *Client) Tokens(ctx context.Context) (Tokens, error) {
	var seen Tokens
	return seen, c.get(ctx, "/v1/tokens", &seen)
}

// Slots is Tokens without the certificates: no key is opened.
func (c *Client) Slots(ctx context.Context) (Tokens, error) {
	var seen Tokens
	return seen, c.get(ctx, "/v1/tokens?certificates=no", &seen)
}
