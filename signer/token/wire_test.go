package token

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// FuzzFrames reads what a child may send or be sent: nothing but an error may come of it, and what is read is written as it was.
func FuzzFrames(f *testing.F) {
	f.Add(frame{7, opSign, signing{key: 3, mechanism: 1, pin: []byte("1234"), input: []byte("x")}.encode()}.append(nil))
	f.Add(frame{1, opSetPIN, twoPINs([]byte("alt"), []byte("neu"))}.append(nil))
	f.Add(frame{2, outcomeFailed, failure(ckrPINIncorrect, "CKR_PIN_INCORRECT")}.append(nil))
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0, 1})
	f.Add([]byte{5, 0, 0, 0, 0, 0, 0, 0, 6, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		in := bytes.NewReader(data)
		for {
			before := len(data) - in.Len()
			read, err := readFrame(in)
			if err != nil {
				return
			}
			if again := read.append(nil); !bytes.Equal(again, data[before:before+len(again)]) {
				t.Fatalf("%x was read from %x", again, data)
			}
			if s, err := decodeSigning(read.body); err == nil && len(s.pin)+len(s.input) > len(read.body) {
				t.Fatal("more than there is")
			}
			if old, fresh, err := decodeTwoPINs(read.body); err == nil && len(old)+len(fresh) > len(read.body) {
				t.Fatal("more than there is")
			}
			if decodeFailure(read.body) == nil {
				t.Fatal("a failure that is none")
			}
		}
	})
}

func TestFrames(t *testing.T) {
	want := signing{key: 9, mechanism: 13, hash: 592, mgf: 2, salt: 32, pin: []byte("Pin-1234"), input: []byte("合同")}
	got, err := decodeSigning(want.encode())
	if err != nil || got.key != want.key || got.salt != want.salt || got.mgf != want.mgf || string(got.pin) != string(want.pin) || string(got.input) != string(want.input) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := readFrame(bytes.NewReader([]byte{0, 0, 0, 1, 0, 0, 0, 0, 1})); !errors.Is(err, errFrame) {
		t.Errorf("16 MiB: %v", err)
	}
	if _, err := readFrame(bytes.NewReader(frame{1, opInfo, []byte("{}")}.append(nil)[:10])); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut short: %v", err)
	}
	var out bytes.Buffer
	outlet := &outlet{w: &out}
	if err := outlet.send(frame{1, opLogin, []byte("Pin-1234")}); err != nil || !bytes.Contains(out.Bytes(), []byte("Pin-1234")) {
		t.Errorf("sent %q, %v", out.Bytes(), err)
	}
	if kept := outlet.pending[:cap(outlet.pending)]; bytes.Contains(kept, []byte("Pin")) {
		t.Error("the PIN stays in the buffer")
	}
}
