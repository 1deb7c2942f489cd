//go:build cgo && unix

package token

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/pkcs11"
)

// benchSessions is how many sessions both sides have.
const benchSessions = 2

// BenchmarkPool compares RSA-2048 signatures through the pool and the child with the module itself, called in this process
// with as many sessions, in turns so that both see the same machine. It tells the median of the rounds' ratios.
func BenchmarkPool(b *testing.B) {
	h := softHSM(b)
	opened := openToken(b, Config{Module: h.Module, TokenLabel: "签章", ObjectLabel: "机构", Sessions: benchSessions})
	if err := opened.Login(b.Context(), pin); err != nil {
		b.Fatal(err)
	}
	key, err := opened.Key(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("合同"))
	pool := func() error {
		_, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
		return err
	}
	raw := rawSigner(b, h, append(slices.Clone(digestInfo[crypto.SHA256]), digest[:]...))
	const round = 400 * time.Millisecond
	var ratios, rates, rawRates []float64
	for b.Loop() {
		through := rate(b, 2*benchSessions, round, pool)
		beside := rate(b, benchSessions, round, raw)
		ratios, rates, rawRates = append(ratios, 100*through/beside), append(rates, through), append(rawRates, beside)
	}
	for unit, all := range map[string][]float64{"%-of-raw": ratios, "pool/s": rates, "raw/s": rawRates} {
		slices.Sort(all)
		b.ReportMetric(all[len(all)/2], unit)
	}
}

// rate has so many callers sign for a while.
func rate(b *testing.B, callers int, while time.Duration, sign func() error) float64 {
	b.Helper()
	var done atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	for range callers {
		group.Go(func() {
			for time.Since(start) < while {
				if err := sign(); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	return float64(done.Load()) / time.Since(start).Seconds()
}

// rawSigner signs in this process, with sessions of its own.
func rawSigner(b *testing.B, h *SoftHSM, input []byte) func() error {
	b.Helper()
	m, err := acquire(h.Module)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := m.release(); err != nil {
			b.Error(err)
		}
	})
	slot, err := findSlot(m, "签章", "")
	if err != nil {
		b.Fatal(err)
	}
	d := &driver{module: m, sessions: make(chan pkcs11.SessionHandle, sessionLimit)}
	if _, err = d.connect(connect{"签章", slot.Serial, benchSessions}); err != nil {
		b.Fatal(err)
	}
	session := <-d.sessions
	if err := d.login(session, pkcs11.CKU_USER, []byte(pin)); err != nil {
		b.Fatal(err)
	}
	objects, err := d.objects(session)
	if err != nil {
		b.Fatal(err)
	}
	d.sessions <- session
	n := slices.IndexFunc(objects, func(o object) bool { return o.Private && o.Label == "机构" })
	return func() error {
		session := <-d.sessions
		defer func() { d.sessions <- session }()
		if err := m.SignInit(session, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil)}, pkcs11.ObjectHandle(objects[n].Handle)); err != nil {
			return err
		}
		_, err := m.Sign(session, input)
		return err
	}
}
