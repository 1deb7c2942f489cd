package tsa

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"contractd/signer/trust"
)

const (
	defaultTimeout = 15 * time.Second
	maxResponse    = MaxToken + 4<<10 // Octets of one HTTP body.
	maxRedirects   = 3
	maxSkew        = 10 * time.Minute // Between the authority's clock and ours.
)

// Authority is one timestamp server.
type Authority struct {
	URL      string // http or https.
	User     string // Basic authentication; empty for none.
	Password string
}

// Client asks authorities in order. It may be used by several goroutines at once.
type Client struct {
	Authorities []Authority
	Anchors     *trust.Anchors
	HTTP        *http.Client     // nil means one of its own.
	Timeout     time.Duration    // For each authority; 0 means 15 s.
	Now         func() time.Time // nil means time.Now.
}

// unavailable lists each authority's cause in one line.
type unavailable []error

func (u unavailable) Error() string {
	parts := make([]string, len(u))
	for i, err := range u {
		parts[i] = err.Error()
	}
	return strings.Join(parts, "; ")
}

func (u unavailable) Unwrap() []error { return u }

// Stamp returns a checked token over imprint from the first authority that gives one. The error names every authority
// with its cause and wraps ErrUnavailable, unless ctx ended or the request itself is wrong.
func (c *Client) Stamp(ctx context.Context, imprint []byte, h crypto.Hash) ([]byte, error) {
	if _, err := request(imprint, h, big.NewInt(0)); err != nil {
		return nil, fmt.Errorf("requesting timestamp: %w", err)
	}
	var causes unavailable
	for _, authority := range c.Authorities {
		token, err := c.ask(ctx, authority, imprint, h)
		if err == nil {
			return token, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("requesting timestamp: %w", context.Cause(ctx))
		}
		causes = append(causes, fmt.Errorf("%s: %w", name(authority.URL), err))
	}
	if len(causes) == 0 {
		causes = append(causes, errors.New("none is configured"))
	}
	return nil, fmt.Errorf("requesting timestamp: %w: %w", ErrUnavailable, causes)
}

// name shows an address without password and query, which may hold secrets.
func name(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "timestamp authority with an unreadable URL"
	}
	u.RawQuery, u.Fragment = "", ""
	return u.Redacted()
}

// ask gets a token from one authority and checks it.
func (c *Client) ask(ctx context.Context, authority Authority, imprint []byte, h crypto.Hash) ([]byte, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, err
	}
	query, err := request(imprint, h, nonce)
	if err != nil {
		return nil, err
	}
	timeout := c.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := c.post(ctx, authority, query)
	if err != nil {
		return nil, err
	}
	token, err := parseResponse(answer)
	if err != nil {
		return nil, err
	}
	if err := c.check(token, imprint, h, nonce); err != nil {
		return nil, err
	}
	return token, nil
}

// check accepts a token only if it answers this very request and is trusted now.
func (c *Client) check(token, imprint []byte, h crypto.Hash, nonce *big.Int) error {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	digest := func(got crypto.Hash) ([]byte, error) {
		if got != h {
			return nil, fmt.Errorf("asked for %v", h)
		}
		return imprint, nil
	}
	at := now()
	r, err := Verify(token, digest, c.Anchors, Options{NotBefore: at.Add(-maxSkew), NotAfter: at.Add(maxSkew)})
	if err != nil {
		return err
	}
	if len(r.Findings) > 0 {
		return fmt.Errorf("token refused: %s", describe(r.Findings))
	}
	if r.Token.Nonce == nil || r.Token.Nonce.Cmp(nonce) != 0 {
		return errors.New("token refused: its nonce is not that of the request")
	}
	if r.Token.CMS.Length != len(token) {
		return errors.New("token refused: something follows it")
	}
	return nil
}

// post sends one query (RFC 3161, 3.4).
func (c *Client) post(ctx context.Context, authority Authority, query []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, authority.URL, bytes.NewReader(query))
	if err != nil {
		return nil, errors.New("the URL is not valid")
	}
	if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return nil, fmt.Errorf("the URL's scheme is %q in place of http or https", r.URL.Scheme)
	}
	r.Header.Set("Content-Type", "application/timestamp-query")
	r.Header.Set("Accept", "application/timestamp-reply")
	if authority.User != "" {
		r.SetBasicAuth(authority.User, authority.Password)
	}
	response, err := c.client().Do(r)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // The URL is named by Stamp, without its secrets.
		}
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // Only read from; nothing can be lost.
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP status %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxResponse+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(body) > maxResponse {
		return nil, fmt.Errorf("the answer is longer than %d octets", maxResponse)
	}
	return body, nil
}

// client follows few redirects, and none that leaves HTTP or gives up TLS.
func (c *Client) client() *http.Client {
	own := http.Client{}
	if c.HTTP != nil {
		own = *c.HTTP
	}
	if own.CheckRedirect == nil {
		own.CheckRedirect = func(r *http.Request, via []*http.Request) error {
			from := via[len(via)-1].URL.Scheme
			if len(via) > maxRedirects || r.URL.Scheme != "https" && (r.URL.Scheme != "http" || from == "https") {
				return fmt.Errorf("redirect to %s refused", r.URL.Scheme)
			}
			return nil
		}
	}
	return &own
}
