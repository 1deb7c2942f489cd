package signtest

import (
	"crypto"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/digitorus/timestamp"
)

// Fault is a way in which a TSA fails.
type Fault string

// The faults of a TSA.
const (
	None           Fault = ""
	Down           Fault = "down"            // 503.
	Rejects        Fault = "rejects"         // A proper response with status rejection.
	Garbage        Fault = "garbage"         // 200 with HTML.
	WrongNonce     Fault = "wrong-nonce"     // A good token for another request.
	WrongImprint   Fault = "wrong-imprint"   // A good token over another digest.
	ExpiredSigner  Fault = "expired-signer"  // Its certificate had ended at genTime.
	Slow           Fault = "slow"            // Answers only when the client has gone.
	Oversized      Fault = "oversized"       // Never stops sending.
	NoCertificates Fault = "no-certificates" // Leaves its certificate out.
)

// TSA is a timestamp authority as an http.Handler. Its tokens are made by another implementation than the
// program's own, so that the two check each other.
type TSA struct {
	Identity *Identity

	expired *Identity
	now     func() time.Time
	fault   atomic.Value // Of Fault.
	asked   atomic.Int64
}

// NewTSA makes a timestamp authority under ca; now nil means the clock.
func NewTSA(ca *CA, key KeyKind, now func() time.Time) (*TSA, error) {
	if now == nil {
		now = time.Now
	}
	identity, err := ca.Issue(Person{Organization: "contractd", Name: "时间戳服务", Key: key, Shape: TimeStamper})
	if err != nil {
		return nil, fmt.Errorf("making timestamp authority: %w", err)
	}
	old := Person{Organization: "contractd", Name: "过期时间戳服务", Shape: Expired}
	template, err := old.template(ca.now)
	if err != nil {
		return nil, fmt.Errorf("making expired timestamp authority: %w", err)
	}
	if err := TimeStamper.apply(template, ca.now); err != nil {
		return nil, fmt.Errorf("making expired timestamp authority: %w", err)
	}
	cert, err := ca.certify(template, identity.Public(), ca.Intermediate, ca.key)
	if err != nil {
		return nil, fmt.Errorf("making expired timestamp authority: %w", err)
	}
	t := &TSA{Identity: identity, now: now}
	t.expired = &Identity{Signer: identity.Signer, Certificate: cert, Chain: identity.Chain}
	t.fault.Store(None)
	return t, nil
}

// Fail makes it fail in that way from now on; None heals it.
func (t *TSA) Fail(f Fault) { t.fault.Store(f) }

// Asked returns how many requests came in.
func (t *TSA) Asked() int { return int(t.asked.Load()) }

// Token makes a token over imprint without a server.
func (t *TSA) Token(imprint []byte, h crypto.Hash) ([]byte, error) {
	if _, national := t.Identity.national(); national {
		return t.sm2Token(imprint, h, nil)
	}
	response, err := t.respond(&timestamp.Request{HashAlgorithm: h, HashedMessage: imprint, Certificates: true}, None)
	if err != nil {
		return nil, err
	}
	parsed, err := timestamp.ParseResponse(response)
	if err != nil {
		return nil, fmt.Errorf("reading own timestamp: %w", err)
	}
	return parsed.RawToken, nil
}

// ServeHTTP answers RFC 3161 requests over HTTP.
func (t *TSA) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.asked.Add(1)
	fault, _ := t.fault.Load().(Fault)
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err != nil {
		http.Error(w, "unreadable request", http.StatusBadRequest)
		return
	}
	request, err := timestamp.ParseRequest(body)
	if err != nil {
		http.Error(w, "not a timestamp request", http.StatusBadRequest)
		return
	}
	if t.misbehave(w, r, fault) {
		return
	}
	response, err := t.respond(request, fault)
	if err != nil {
		http.Error(w, "cannot sign", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	_, _ = w.Write(response) // The client may have gone; that is its own affair.
}

// misbehave plays the faults that need no token.
func (t *TSA) misbehave(w http.ResponseWriter, r *http.Request, fault Fault) bool {
	switch fault {
	case Down:
		http.Error(w, "out of order", http.StatusServiceUnavailable)
	case Garbage:
		_, _ = io.WriteString(w, "<html>登录</html>") // As above.
	case Slow:
		<-r.Context().Done()
	case Oversized:
		chunk := make([]byte, 1<<16)
		for {
			if _, err := w.Write(chunk); err != nil {
				return true
			}
		}
	default:
		return false
	}
	return true
}

// respond makes a response with the fault worked in.
func (t *TSA) respond(request *timestamp.Request, fault Fault) ([]byte, error) {
	if fault == Rejects {
		return timestamp.CreateErrorResponse(timestamp.Rejection, timestamp.SystemFailure)
	}
	if _, national := t.Identity.national(); national {
		return t.sm2Response(request.HashedMessage, request.HashAlgorithm, request.Nonce)
	}
	identity := t.Identity
	if fault == ExpiredSigner {
		identity = t.expired
	}
	stamp := timestamp.Timestamp{
		HashAlgorithm: request.HashAlgorithm,
		HashedMessage: request.HashedMessage,
		Time:          t.now().UTC().Truncate(time.Second),
		Accuracy:      time.Second,
		Policy:        asn1.ObjectIdentifier{1, 2, 3, 4, 1},
		Nonce:         request.Nonce,
		// Intermediate only: the other side must know the root.
		Certificates:      identity.Chain[:1],
		AddTSACertificate: request.Certificates && fault != NoCertificates,
	}
	switch fault {
	case WrongNonce:
		stamp.Nonce = big.NewInt(42)
	case WrongImprint:
		stamp.HashedMessage = make([]byte, len(request.HashedMessage))
	}
	return stamp.CreateResponseWithOpts(identity.Certificate, identity.Signer, crypto.SHA256)
}
