//go:build cgo

package token

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/miekg/pkcs11"
)

// module is a loaded PKCS#11 library.
type module struct {
	*pkcs11.Ctx
	path  string
	users int
}

// modules is a variable of the package because the thing itself is one of the process: C_Initialize may be called once
// for a library (PKCS #11 2.40, 5.4), and C_Finalize takes it from all users at once. The mutex guards both fields.
var modules = struct {
	sync.Mutex
	loaded map[string]*module
}{loaded: map[string]*module{}}

func acquire(path string) (*module, error) {
	modules.Lock()
	defer modules.Unlock()
	if m, ok := modules.loaded[path]; ok {
		m.users++
		return m, nil
	}
	ctx := pkcs11.New(path)
	if ctx == nil {
		return nil, fmt.Errorf("load PKCS#11 module %s: %w: it is no library for this machine, or not there", path, ErrModule)
	}
	err := ctx.Initialize()
	if err != nil && !isCode(err, pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED) {
		ctx.Destroy()
		return nil, fmt.Errorf("start PKCS#11 module %s: %w: %w", path, ErrModule, err)
	}
	m := &module{Ctx: ctx, path: path, users: 1}
	modules.loaded[path] = m
	return m, nil
}

// release lets go of a module that answers; one that hangs must stay loaded.
func (m *module) release() error {
	modules.Lock()
	defer modules.Unlock()
	if m.users--; m.users > 0 {
		return nil
	}
	delete(modules.loaded, m.path)
	err := m.Finalize()
	m.Destroy()
	return err
}

// within waits for f until ctx or the time ends. f cannot be stopped and goes on then; late gets its result.
func within[T any](ctx context.Context, timeout time.Duration, f func() (T, error), late func(T)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	ctx, stop := context.WithTimeout(ctx, timeout)
	defer stop()
	answers, abandoned := make(chan answer), make(chan struct{})
	go func() {
		value, err := f()
		select {
		case answers <- answer{value, err}:
		case <-abandoned:
			if err == nil {
				late(value)
			}
		}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		close(abandoned)
		var none T
		return none, fmt.Errorf("%w: %w", ErrTimeout, context.Cause(ctx))
	}
}

func isCode(err error, code uint) bool {
	var e pkcs11.Error
	return errors.As(err, &e) && uint(e) == code
}

// sentinels sorts the codes by what a caller can do about them.
var sentinels = map[uint]error{
	pkcs11.CKR_PIN_INCORRECT:              ErrPIN,
	pkcs11.CKR_PIN_INVALID:                ErrPIN,
	pkcs11.CKR_PIN_LEN_RANGE:              ErrPIN,
	pkcs11.CKR_PIN_EXPIRED:                ErrPIN,
	pkcs11.CKR_PIN_LOCKED:                 ErrPINLocked,
	pkcs11.CKR_USER_NOT_LOGGED_IN:         ErrLogin,
	pkcs11.CKR_USER_PIN_NOT_INITIALIZED:   ErrLogin,
	pkcs11.CKR_DEVICE_REMOVED:             ErrRemoved,
	pkcs11.CKR_DEVICE_ERROR:               ErrRemoved,
	pkcs11.CKR_TOKEN_NOT_PRESENT:          ErrRemoved,
	pkcs11.CKR_TOKEN_NOT_RECOGNIZED:       ErrRemoved,
	pkcs11.CKR_SLOT_ID_INVALID:            ErrRemoved,
	pkcs11.CKR_SESSION_HANDLE_INVALID:     ErrRemoved,
	pkcs11.CKR_SESSION_CLOSED:             ErrRemoved,
	pkcs11.CKR_KEY_HANDLE_INVALID:         ErrRemoved,
	pkcs11.CKR_OBJECT_HANDLE_INVALID:      ErrRemoved,
	pkcs11.CKR_CRYPTOKI_NOT_INITIALIZED:   ErrRemoved,
	pkcs11.CKR_MECHANISM_INVALID:          ErrUnsupported,
	pkcs11.CKR_MECHANISM_PARAM_INVALID:    ErrUnsupported,
	pkcs11.CKR_FUNCTION_NOT_SUPPORTED:     ErrUnsupported,
	pkcs11.CKR_KEY_TYPE_INCONSISTENT:      ErrUnsupported,
	pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED: ErrUnsupported,
}

func translate(err error) error {
	var code pkcs11.Error
	if !errors.As(err, &code) {
		return err
	}
	if sentinel, ok := sentinels[uint(code)]; ok {
		return fmt.Errorf("%w (%w)", sentinel, err)
	}
	return err
}
