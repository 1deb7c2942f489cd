package token

import "fmt"

// Flags of CK_TOKEN_INFO (PKCS #11 2.40, 3.2).
const (
	flagTokenInitialized = 0x00000400
	flagPINInitialized   = 0x00000008
	flagPINCountLow      = 0x00010000
	flagPINFinalTry      = 0x00020000
	flagPINLocked        = 0x00040000
	flagPINToBeChanged   = 0x00080000
)

func pinState(flags uint) PINState {
	return PINState{
		Initialized: flags&flagPINInitialized != 0,
		CountLow:    flags&flagPINCountLow != 0,
		FinalTry:    flags&flagPINFinalTry != 0,
		Locked:      flags&flagPINLocked != 0,
		ToBeChanged: flags&flagPINToBeChanged != 0,
	}
}

// mayTry refuses a login that could lock the token: the last try belongs to a person in front of it. After a wrong PIN,
// whoever entered it, a person must have said that it is right now.
func (s PINState) mayTry(anyway bool) error {
	switch {
	case s.Locked:
		return ErrPINLocked
	case s.CountLow && !s.FinalTry && !anyway:
		return fmt.Errorf("%w since the last login", ErrPINCountLow)
	case s.FinalTry:
		return fmt.Errorf("%w before it locks: log in once with the vendor's own tool", ErrPINFinalTry)
	case !s.Initialized:
		return fmt.Errorf("%w: no user PIN was ever set", ErrLogin)
	}
	return nil
}
