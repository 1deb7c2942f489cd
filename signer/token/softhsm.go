//go:build cgo && unix

package token

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/miekg/pkcs11"
)

// SoftHSM is a folder of software tokens for tests and the demo. It is no place for real keys.
type SoftHSM struct {
	Module string // Path of the library.
	Conf   string // What SOFTHSM2_CONF names.
}

// administrator is the security officer's PIN of throwaway tokens.
const administrator = "12345678"

// NewSoftHSM prepares a folder and sets SOFTHSM2_CONF of this process, which the library reads when it is loaded: no
// token of another folder may be open.
func NewSoftHSM(dir string) (*SoftHSM, error) {
	module, err := FindSoftHSM()
	if err != nil {
		return nil, err
	}
	tokens := filepath.Join(dir, "tokens")
	if err := os.MkdirAll(tokens, 0o700); err != nil {
		return nil, fmt.Errorf("prepare SoftHSM2: %w", err)
	}
	h := &SoftHSM{Module: module, Conf: filepath.Join(dir, "softhsm2.conf")}
	text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", tokens)
	if err := os.WriteFile(h.Conf, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("prepare SoftHSM2: %w", err)
	}
	if err := os.Setenv("SOFTHSM2_CONF", h.Conf); err != nil {
		return nil, fmt.Errorf("prepare SoftHSM2: %w", err)
	}
	return h, nil
}

// Init makes an empty token with a user PIN.
func (h *SoftHSM) Init(label, pin string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("make token %q: %w", label, err)
		}
	}()
	m, err := acquire(h.Module)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.release()) }()
	slots, err := m.GetSlotList(true)
	if err != nil || len(slots) == 0 {
		return fmt.Errorf("list slots: %w", errors.Join(err, ErrMissing))
	}
	empty := slots[len(slots)-1] // SoftHSM2 keeps one uninitialized token behind the others.
	if err := m.InitToken(empty, administrator, label); err != nil {
		return err
	}
	return h.session(m, label, pkcs11.CKU_SO, administrator, func(session pkcs11.SessionHandle) error {
		return m.InitPIN(session, pin)
	})
}

// session runs f in a session that may write.
func (h *SoftHSM) session(m *module, label string, user uint, pin string, f func(pkcs11.SessionHandle) error) (err error) {
	slot, err := findSlot(m, label, "")
	if err != nil {
		return err
	}
	session, err := m.OpenSession(slot.ID, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.CloseSession(session)) }()
	if err := m.Login(session, user, pin); err != nil && !isCode(err, pkcs11.CKR_USER_ALREADY_LOGGED_IN) {
		return err
	}
	return f(session)
}

// Import puts a key, its certificate and further certificates on a token.
func (h *SoftHSM) Import(ctx context.Context, label, pin, object string, id []byte, key crypto.Signer,
	certificate *x509.Certificate, chain ...*x509.Certificate) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	private, err := privateKeyTemplate(key)
	if err != nil {
		return err
	}
	m, err := acquire(h.Module)
	if err != nil {
		return err
	}
	err = h.session(m, label, pkcs11.CKU_USER, pin, func(session pkcs11.SessionHandle) error {
		if _, err := m.CreateObject(session, append(private, identified(object, id)...)); err != nil {
			return fmt.Errorf("store the key: %w", err)
		}
		for i, c := range append([]*x509.Certificate{certificate}, chain...) {
			template := certificateTemplate(c)
			if i == 0 {
				template = append(template, identified(object, id)...)
			}
			if _, err := m.CreateObject(session, template); err != nil {
				return fmt.Errorf("store a certificate: %w", err)
			}
		}
		return nil
	})
	if err := errors.Join(err, m.release()); err != nil {
		return fmt.Errorf("import %q to token %q: %w", object, label, err)
	}
	return nil
}
