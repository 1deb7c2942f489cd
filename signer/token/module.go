//go:build cgo && unix

package token

import (
	"errors"
	"fmt"
	"sync"

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

func isCode(err error, code uint) bool {
	var e pkcs11.Error
	return errors.As(err, &e) && uint(e) == code
}
