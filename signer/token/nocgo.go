//go:build !cgo || !unix

package token

import (
	"context"
	"crypto"
	"crypto/x509"
)

// Token cannot be opened in this build.
type Token struct{}

// Open fails with ErrNoCgo.
func Open(context.Context, Config) (*Token, error) { return nil, errBuild }

// List fails with ErrNoCgo.
func List(context.Context, string) ([]Info, error) { return nil, errBuild }

// Serve fails with ErrNoCgo.
func Serve([]string) error { return errBuild }

// Slots fails with ErrNoCgo.
func Slots(context.Context, string) ([]Slot, error) { return nil, errBuild }

// Find fails with ErrNoCgo.
func (*Token) Find(context.Context, string, []byte) (*Key, error) { return nil, errBuild }

// SetPIN fails with ErrNoCgo.
func (*Token) SetPIN(context.Context, []byte, []byte) error { return errBuild }

// Refused is never so.
func (*Token) Refused() bool { return false }

// Slot describes nothing.
func (*Token) Slot() Slot { return Slot{} }

// Info fails with ErrNoCgo.
func (*Token) Info(context.Context) (Info, error) { return Info{}, errBuild }

// Login fails with ErrNoCgo.
func (*Token) Login(context.Context, string) error { return errBuild }

// Certificates fails with ErrNoCgo.
func (*Token) Certificates(context.Context) ([]Object, error) { return nil, errBuild }

// Key fails with ErrNoCgo.
func (*Token) Key(context.Context) (*Key, error) { return nil, errBuild }

// Close does nothing.
func (*Token) Close() error { return nil }

// SoftHSM cannot be used in this build.
type SoftHSM struct{ Module, Conf string }

// NewSoftHSM fails with ErrNoCgo.
func NewSoftHSM(string) (*SoftHSM, error) { return nil, errBuild }

// Init fails with ErrNoCgo.
func (*SoftHSM) Init(string, string) error { return errBuild }

// Import fails with ErrNoCgo.
func (*SoftHSM) Import(context.Context, string, string, string, []byte, crypto.Signer, *x509.Certificate,
	...*x509.Certificate) error {
	return errBuild
}
