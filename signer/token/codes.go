package token

import (
	"errors"
	"fmt"
)

// refusal is a code that a module returned.
type refusal struct {
	code uint // CKR_…; 0 when the child itself failed.
	text string
}

// Error implements error.
func (r refusal) Error() string { return r.text }

// Codes of PKCS#11 (2.40, 3.6) by which somebody decides.
const (
	ckrGeneralError        = 0x005
	ckrFunctionFailed      = 0x006
	ckrDataInvalid         = 0x020
	ckrDataLength          = 0x021
	ckrDeviceError         = 0x030
	ckrDeviceMemory        = 0x031
	ckrDeviceRemoved       = 0x032
	ckrKeyHandleInvalid    = 0x060
	ckrObjectHandleInvalid = 0x082
	ckrSessionClosed       = 0x0b0
	ckrSessionInvalid      = 0x0b3
	ckrTokenNotPresent     = 0x0e0
	ckrTokenNotRecognized  = 0x0e1
	ckrSlotInvalid         = 0x003
	ckrNotLoggedIn         = 0x101
	ckrAlreadyLoggedIn     = 0x100
	ckrNotInitialized      = 0x190
	ckrPINIncorrect        = 0x0a0
	ckrPINInvalid          = 0x0a1
	ckrPINLength           = 0x0a2
	ckrPINExpired          = 0x0a3
	ckrPINLocked           = 0x0a4
	ckrPINNotInitialized   = 0x102
	ckrUnsupported         = 0x054
	ckrKeyType             = 0x063
	ckrKeyNotPermitted     = 0x068
	ckrMechanism           = 0x070
	ckrMechanismParameter  = 0x071
)

// sentinels sorts the codes by what a caller can do about them. Those of ErrRemoved are cured by a new child with new
// sessions, where anything cures them; among them are the codes by which modules say that something went wrong.
var sentinels = map[uint]error{
	ckrPINIncorrect: ErrPIN, ckrPINInvalid: ErrPIN, ckrPINLength: ErrPIN, ckrPINExpired: ErrPIN, ckrPINLocked: ErrPINLocked,
	ckrNotLoggedIn: ErrLogin, ckrPINNotInitialized: ErrLogin,
	ckrDeviceRemoved: ErrRemoved, ckrDeviceError: ErrRemoved, ckrDeviceMemory: ErrRemoved, ckrTokenNotPresent: ErrRemoved,
	ckrTokenNotRecognized: ErrRemoved, ckrSlotInvalid: ErrRemoved, ckrSessionInvalid: ErrRemoved, ckrSessionClosed: ErrRemoved,
	ckrKeyHandleInvalid: ErrRemoved, ckrObjectHandleInvalid: ErrRemoved, ckrNotInitialized: ErrRemoved,
	ckrGeneralError: ErrRemoved, ckrFunctionFailed: ErrRemoved,
	ckrUnsupported: ErrUnsupported, ckrKeyType: ErrUnsupported, ckrKeyNotPermitted: ErrUnsupported, ckrMechanism: ErrUnsupported,
	ckrMechanismParameter: ErrUnsupported, ckrDataInvalid: ErrUnsupported, ckrDataLength: ErrUnsupported,
}

// untried are the codes by which a token says that it did not look at a PIN.
var untried = map[uint]bool{
	ckrDeviceRemoved: true, ckrTokenNotPresent: true, ckrTokenNotRecognized: true, ckrSlotInvalid: true,
	ckrSessionInvalid: true, ckrSessionClosed: true, ckrNotInitialized: true,
}

// sorted gives a refusal the sentinel by which callers decide.
func sorted(r refusal) error {
	if sentinel, ok := sentinels[r.code]; ok {
		return fmt.Errorf("%w (%w)", sentinel, r)
	}
	switch r.code {
	case codeMissing:
		return fmt.Errorf("%w: %w", ErrMissing, r)
	case codeAmbiguous:
		return fmt.Errorf("%w: %w", ErrAmbiguous, r)
	case codeModule:
		return fmt.Errorf("%w: %w", ErrModule, r)
	case codeBuild:
		return errBuild
	}
	return r
}

// Codes of the child's own, above all of CK_RV that a module may return.
const (
	codeMissing = 1<<63 + iota
	codeAmbiguous
	codeModule
	codeBuild
)

// errBuild tells how to get what a build without cgo lacks.
var errBuild = fmt.Errorf("%w: build with CGO_ENABLED=1 and a C compiler", ErrNoCgo)

// is reports whether a module returned that code.
func is(err error, code uint) bool {
	var r refusal
	return errors.As(err, &r) && r.code == code
}
