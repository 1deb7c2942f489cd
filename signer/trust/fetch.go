package trust

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"contractd/signer/cms"
)

// Fetcher gets revocation data and issuers from their authorities. It may be used by several goroutines at once.
type Fetcher struct {
	Guard   Guard
	Cache   *Cache           // nil keeps nothing.
	Timeout time.Duration    // For one address; 0 means 10 s.
	Now     func() time.Time // nil means time.Now.

	once   sync.Once
	client *http.Client
}

const (
	fetchTimeout = 10 * time.Second
	maxHops      = 3 // Redirects of one request.
)

// limits of one body, in octets: CRLs of national authorities reach tens of megabytes.
var fetchLimits = map[WantKind]int64{WantOCSP: maxOCSP, WantCRL: 32 << 20, WantIssuer: 64 << 10}

// Fetch answers wants as far as it can and adds the answers to evidence. The errors say what could not be had; none of them
// makes a certificate worse than unknown.
func (f *Fetcher) Fetch(ctx context.Context, wants []Want, evidence *Evidence) []error {
	var failures []error
	for _, want := range wants {
		body, err := f.one(ctx, want)
		if err == nil {
			err = evidence.add(want.Kind, body)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("fetch %s: %w", want.Kind, err))
		}
	}
	return failures
}

// add sorts an answer in.
func (e *Evidence) add(kind WantKind, body []byte) error {
	switch kind {
	case WantOCSP:
		e.OCSPs = append(e.OCSPs, body)
	case WantCRL:
		e.CRLs = append(e.CRLs, body)
	case WantIssuer:
		cert, err := cms.ParseCertificate(body)
		if err != nil {
			return fmt.Errorf("read issuer's certificate: %w", err)
		}
		e.Certificates = append(e.Certificates, cert)
	}
	return nil
}

// one tries the addresses in turn.
func (f *Fetcher) one(ctx context.Context, want Want) ([]byte, error) {
	var failures []error
	for _, address := range want.URLs {
		body, err := f.Cache.load(want, address, f.now())
		if err != nil {
			failures = append(failures, err)
			continue
		}
		if body == nil {
			body, err = f.get(ctx, want, address)
			f.Cache.keep(want, address, body, err, f.now())
		}
		if err == nil {
			return body, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(failures...)
}

func (f *Fetcher) now() time.Time {
	if f.Now == nil {
		return time.Now()
	}
	return f.Now()
}

// get makes one request.
func (f *Fetcher) get(ctx context.Context, want Want, address string) ([]byte, error) {
	timeout := f.Timeout
	if timeout == 0 {
		timeout = fetchTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	method := http.MethodGet
	if want.Kind == WantOCSP {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(want.Body))
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", host(address), err)
	}
	if want.Kind == WantOCSP {
		request.Header.Set("Content-Type", "application/ocsp-request")
	}
	response, err := f.web().Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", host(address), err)
	}
	defer response.Body.Close() // Read to its end or given up: nothing can be lost.
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask %s: %s", host(address), response.Status)
	}
	limit := fetchLimits[want.Kind]
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask %s: %w", host(address), err)
	case int64(len(body)) > limit:
		return nil, fmt.Errorf("ask %s: the answer has more than %d octets", host(address), limit)
	}
	return plain(body), nil
}

// plain takes PEM off, which some authorities publish in place of DER.
func plain(body []byte) []byte {
	if block, _ := pem.Decode(body); block != nil {
		return block.Bytes
	}
	return body
}

// web is a client that follows few redirects, no proxy, and goes through the guard for each connection.
func (f *Fetcher) web() *http.Client {
	f.once.Do(func() {
		f.client = &http.Client{
			Transport: &http.Transport{
				DialContext: f.Guard.dial, TLSHandshakeTimeout: fetchTimeout, MaxIdleConnsPerHost: 2,
				IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
			},
			CheckRedirect: func(request *http.Request, via []*http.Request) error {
				if len(via) > maxHops {
					return fmt.Errorf("more than %d redirects", maxHops)
				}
				if len(webOnly([]string{request.URL.String()})) == 0 {
					return fmt.Errorf("redirected to %s", request.URL.Scheme)
				}
				return nil
			},
		}
	})
	return f.client
}

// Close ends idle connections.
func (f *Fetcher) Close() error {
	f.web().CloseIdleConnections()
	return nil
}
