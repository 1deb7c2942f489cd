package token

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// op is what a child is asked to do.
type op byte

// What a child can do. Bodies are JSON, but for PINs and what is signed.
const (
	opConnect op = iota + 1 // connect → connected.
	opSlots                 // → []Slot.
	opInfo                  // → Slot.
	opLogin                 // PIN.
	opObjects               // → []object.
	opSign                  // signing → the signature.
	opSetPIN                // length of the old PIN, old PIN, new PIN.
)

// The outcomes in an answer.
const (
	outcomeDone   op = 0x80 // The body is the result.
	outcomeFailed op = 0x81 // The body is a code of PKCS#11, or 0, and what is to be said.
)

const (
	frameHeader = 9       // Length of the body, number of the request, op.
	maxFrame    = 8 << 20 // Bytes of one body: a thousand certificates.
)

var errFrame = errors.New("no frame of this protocol")

// frame is one request or its answer, which bears the same number.
type frame struct {
	number uint32
	op     op
	body   []byte
}

func (f frame) append(to []byte) []byte {
	to = binary.LittleEndian.AppendUint32(to, uint32(len(f.body)))
	to = binary.LittleEndian.AppendUint32(to, f.number)
	return append(append(to, byte(f.op)), f.body...)
}

// readFrame reads one frame; io.EOF means that the other side has gone.
func readFrame(r io.Reader) (frame, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return frame{}, err
	}
	length := binary.LittleEndian.Uint32(header[:])
	if length > maxFrame {
		return frame{}, fmt.Errorf("%w: a body of %d bytes", errFrame, length)
	}
	f := frame{number: binary.LittleEndian.Uint32(header[4:]), op: op(header[8])}
	if length > 0 {
		f.body = make([]byte, length)
		if _, err := io.ReadFull(r, f.body); err != nil {
			return frame{}, io.ErrUnexpectedEOF
		}
	}
	return f, nil
}

// outlet writes frames. Those that come while one is being written go together in the next write.
type outlet struct {
	w io.Writer

	mu      sync.Mutex // Guards what follows.
	pending []byte
	writing bool
	failed  error
}

// send writes a frame, or leaves it to whoever is writing. A secret one is wiped when it was written.
func (o *outlet) send(f frame) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failed != nil {
		return o.failed
	}
	o.pending = f.append(o.pending)
	if o.writing {
		return nil
	}
	o.writing = true
	var spare []byte
	for len(o.pending) > 0 && o.failed == nil {
		batch := o.pending
		o.pending = spare[:0]
		o.mu.Unlock()
		_, err := o.w.Write(batch)
		clear(batch) // PINs pass here.
		o.mu.Lock()
		spare, o.failed = batch, err
	}
	o.writing = false
	return o.failed
}

// signing is what a token is asked to sign, and how.
type signing struct {
	key       uint64 // Handle of the private key, as the same child told it.
	mechanism uint64 // CKM_….
	hash, mgf uint64 // For RSASSA-PSS, with salt; hash 0 means that the mechanism has no such parameters.
	salt      uint64
	pin       []byte // Of a key that wants its PIN for each signature.
	input     []byte
}

func (s signing) encode() []byte {
	out := make([]byte, 0, 64+len(s.pin)+len(s.input))
	for _, n := range []uint64{s.key, s.mechanism, s.hash, s.mgf, s.salt, uint64(len(s.pin))} {
		out = binary.AppendUvarint(out, n)
	}
	return append(append(out, s.pin...), s.input...)
}

func decodeSigning(body []byte) (s signing, err error) {
	var pin uint64
	for _, into := range []*uint64{&s.key, &s.mechanism, &s.hash, &s.mgf, &s.salt, &pin} {
		n, size := binary.Uvarint(body)
		if size <= 0 {
			return s, fmt.Errorf("%w: a request to sign is cut short", errFrame)
		}
		*into, body = n, body[size:]
	}
	if pin > uint64(len(body)) {
		return s, fmt.Errorf("%w: a PIN is cut short", errFrame)
	}
	s.pin, s.input = body[:pin], body[pin:]
	return s, nil
}

// twoPINs carries an old PIN and a new one.
func twoPINs(old, fresh []byte) []byte {
	out := binary.AppendUvarint(make([]byte, 0, 2+len(old)+len(fresh)), uint64(len(old)))
	return append(append(out, old...), fresh...)
}

func decodeTwoPINs(body []byte) (old, fresh []byte, err error) {
	n, size := binary.Uvarint(body)
	if size <= 0 || n > uint64(len(body)-size) {
		return nil, nil, fmt.Errorf("%w: a PIN is cut short", errFrame)
	}
	return body[size : size+int(n)], body[size+int(n):], nil
}

// failure carries a code of PKCS#11, or 0, and what is to be said.
func failure(code uint, text string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(code)), text...)
}

func decodeFailure(body []byte) error {
	if len(body) < 8 {
		return fmt.Errorf("%w: a failure is cut short", errFrame)
	}
	return sorted(refusal{uint(binary.LittleEndian.Uint64(body)), string(body[8:min(len(body), 8+1000)])})
}

// connect asks for sessions on the token that fits.
type connect struct {
	Label, Serial string
	Sessions      int
}

// connected tells which token it is.
type connected struct {
	Slot     Slot
	Sessions int // As many as the token gave.
}

// object is one certificate or private key, as the child sees it.
type object struct {
	Handle  uint64
	Private bool // A private key; else a certificate.
	Label   string
	ID      []byte
	Value   []byte // Of a certificate.
	Modulus []byte // Of an RSA key.
	Always  bool   // The key wants its PIN for each signature.
}
