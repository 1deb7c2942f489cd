//go:build !cgo || !unix

package token

// UseSM2 does nothing in this build, which has no tokens.
func (*Key) UseSM2(SM2) {}
