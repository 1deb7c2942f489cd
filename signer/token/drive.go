//go:build cgo && unix

package token

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"unsafe"

	"github.com/miekg/pkcs11"

	"contractd/signer/child"
)

// driver is the child's side: one module, one token, its sessions.
type driver struct {
	module   *module
	slot     uint
	sessions chan pkcs11.SessionHandle // Whoever holds one may call the module with it.
	out      *outlet
}

// Serve is the child's side. Its argument is the module's path. It ends when the parent does, whatever the module does.
func Serve(args []string) error {
	if err := child.Harden(); err != nil {
		return err
	}
	if len(args) != 1 {
		return errors.New("drive token: want the path of a module")
	}
	conn, err := child.Parent()
	if err != nil {
		return fmt.Errorf("drive token: %w", err)
	}
	d := &driver{out: &outlet{w: conn}, sessions: make(chan pkcs11.SessionHandle, sessionLimit)}
	requests := make(chan frame, 2*sessionLimit)
	for range sessionLimit {
		go d.work(requests)
	}
	in := bufio.NewReaderSize(conn, 64<<10)
	for first := true; ; first = false {
		f, err := readFrame(in)
		if errors.Is(err, io.EOF) {
			os.Exit(0) // Not by returning: a call that hangs in the module must not keep us.
		}
		if err != nil {
			return fmt.Errorf("drive token: %w", err)
		}
		if first {
			d.module, err = acquire(args[0])
		}
		if err != nil {
			return d.answer(f, nil, err)
		}
		requests <- f
	}
}

func (d *driver) work(requests <-chan frame) {
	for f := range requests {
		body, err := d.do(f)
		clear(f.body) // PINs come here.
		if d.answer(f, body, err) != nil {
			os.Exit(0) // The parent has gone.
		}
	}
}

func (d *driver) answer(f frame, body []byte, err error) error {
	if err == nil {
		return d.out.send(frame{f.number, outcomeDone, body})
	}
	var code pkcs11.Error
	number := uint(0)
	switch {
	case errors.As(err, &code):
		number = uint(code)
	case errors.Is(err, ErrMissing):
		number = codeMissing
	case errors.Is(err, ErrAmbiguous):
		number = codeAmbiguous
	case errors.Is(err, ErrModule):
		number = codeModule
	}
	if errors.Is(err, ErrModule) { // Whatever the code was with which it refused to start.
		number = codeModule
	}
	return d.out.send(frame{f.number, outcomeFailed, failure(number, err.Error())})
}

func (d *driver) do(f frame) ([]byte, error) {
	switch f.op {
	case opConnect:
		var c connect
		if err := json.Unmarshal(f.body, &c); err != nil {
			return nil, err
		}
		return marshal(d.connect(c))
	case opSlots:
		return marshal(slots(d.module))
	case opInfo:
		return marshal(describe(d.module, d.slot, false))
	}
	session := <-d.sessions
	defer func() { d.sessions <- session }()
	switch f.op {
	case opLogin:
		return nil, d.login(session, pkcs11.CKU_USER, f.body)
	case opObjects:
		return marshal(d.objects(session))
	case opSign:
		return d.sign(session, f.body)
	case opSetPIN:
		return nil, d.setPIN(f.body)
	}
	return nil, errFrame
}

func marshal[T any](value T, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// connect opens as many sessions as wanted, or as the token gives.
func (d *driver) connect(c connect) (connected, error) {
	slot, err := findSlot(d.module, c.Label, c.Serial)
	if err != nil {
		return connected{}, err
	}
	d.slot = slot.ID
	for n := range max(1, min(c.Sessions, sessionLimit)) {
		session, err := d.module.OpenSession(slot.ID, pkcs11.CKF_SERIAL_SESSION)
		if err != nil && n == 0 {
			return connected{}, fmt.Errorf("open a session: %w", err)
		}
		if err != nil {
			break // It has no more to give.
		}
		d.sessions <- session
	}
	return connected{slot, len(d.sessions)}, nil
}

// login gives the module a PIN that lives only in the frame, which is wiped afterwards. What the C library copies is
// beyond our reach; nobody can read this process.
func (d *driver) login(session pkcs11.SessionHandle, user uint, pin []byte) error {
	err := d.module.Login(session, user, unsafe.String(unsafe.SliceData(pin), len(pin)))
	if isCode(err, pkcs11.CKR_USER_ALREADY_LOGGED_IN) {
		return nil // The state belongs to the process, not to the session.
	}
	return err
}

func (d *driver) sign(session pkcs11.SessionHandle, body []byte) ([]byte, error) {
	s, err := decodeSigning(body)
	if err != nil {
		return nil, err
	}
	var parameters []byte
	if s.hash != 0 {
		parameters = pkcs11.NewPSSParams(uint(s.hash), uint(s.mgf), uint(s.salt))
	}
	how := []*pkcs11.Mechanism{pkcs11.NewMechanism(uint(s.mechanism), parameters)}
	if err := d.module.SignInit(session, how, pkcs11.ObjectHandle(s.key)); err != nil {
		return nil, err
	}
	if len(s.pin) > 0 {
		if err := d.login(session, pkcs11.CKU_CONTEXT_SPECIFIC, s.pin); err != nil {
			return nil, err
		}
	}
	return d.module.Sign(session, s.input)
}

// setPIN needs a session that may write, which a login without one allows beside it.
func (d *driver) setPIN(body []byte) (err error) {
	old, fresh, err := decodeTwoPINs(body)
	if err != nil {
		return err
	}
	session, err := d.module.OpenSession(d.slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.module.CloseSession(session)) }()
	return d.module.SetPIN(session, string(old), string(fresh))
}
