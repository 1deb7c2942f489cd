package token

import (
	"context"
	"errors"
)

var errPending = errors.New("token: not written yet")

// Token is an opened token.
type Token struct{}

// Open loads the module and opens sessions on the token. It does not log in.
func Open(ctx context.Context, c Config) (*Token, error) { return nil, errPending }

// List describes all tokens that the module sees.
func List(ctx context.Context, module string) ([]Info, error) { return nil, errPending }

// Info returns what the token says about itself now.
func (t *Token) Info(ctx context.Context) (Info, error) { return Info{}, errPending }

// Login enters the PIN, once in the life of t: after a refusal every further call fails without asking the token.
func (t *Token) Login(ctx context.Context, pin string) error { return errPending }

// Certificates lists the certificates on the token.
func (t *Token) Certificates(ctx context.Context) ([]Object, error) { return nil, errPending }

// Key finds the key that the configuration names. Most tokens want a Login first.
func (t *Token) Key(ctx context.Context) (*Key, error) { return nil, errPending }

// Close logs out and closes all sessions.
func (t *Token) Close() error { return errPending }
