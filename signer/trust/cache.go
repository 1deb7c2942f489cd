package trust

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Cache keeps what was fetched in a folder, and for some minutes what could not be had. What is in it proves nothing by
// lying there: it is judged again each time. It may be used by several goroutines at once; nil keeps nothing.
type Cache struct {
	dir string

	mu     sync.Mutex // guards failed
	failed map[string]time.Time
}

const (
	rememberFailure = 5 * time.Minute
	rememberCRL     = 24 * time.Hour // At most; a list may be replaced before its nextUpdate.
	rememberOCSP    = time.Hour
	rememberIssuer  = 30 * 24 * time.Hour
	maxFailures     = 4096
)

// NewCache opens a cache in a folder of its own, which it creates.
func NewCache(dir string) (*Cache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open cache of revocation data: %w", err)
	}
	return &Cache{dir: dir, failed: map[string]time.Time{}}, nil
}

// name of an entry: what was asked, where.
func (c *Cache) name(want Want, address string) string {
	digest := sha256.New()
	fmt.Fprintf(digest, "%s\x00%s\x00", want.Kind, address)
	digest.Write(want.Body)
	return hex.EncodeToString(digest.Sum(nil))
}

// load returns what is kept and still counts; nil for nothing. An error means that asking failed a short while ago.
func (c *Cache) load(want Want, address string, now time.Time) ([]byte, error) {
	if c == nil {
		return nil, nil
	}
	name := c.name(want, address)
	c.mu.Lock()
	until := c.failed[name]
	c.mu.Unlock()
	if now.Before(until) {
		return nil, fmt.Errorf("ask %s: it failed a short while ago", host(address))
	}
	path := filepath.Join(c.dir, name)
	info, err := os.Stat(path)
	if err != nil || info.Size() > fetchLimits[want.Kind] {
		return nil, nil
	}
	body, err := os.ReadFile(path)
	if err != nil || !now.Before(usableUntil(want.Kind, body, info.ModTime())) || now.Before(info.ModTime().Add(-clockSkew)) {
		return nil, nil // As if it were not there: it is asked for again.
	}
	return body, nil
}

// usableUntil is how long an answer that was fetched then is used without asking again.
func usableUntil(kind WantKind, body []byte, fetched time.Time) time.Time {
	switch kind {
	case WantOCSP:
		r, err := ocsp.ParseResponse(body, nil)
		if err != nil {
			return fetched
		}
		return earlier(fetched.Add(rememberOCSP), r.NextUpdate)
	case WantCRL:
		list, err := x509.ParseRevocationList(body)
		if err != nil {
			return fetched
		}
		return earlier(fetched.Add(rememberCRL), list.NextUpdate)
	}
	return fetched.Add(rememberIssuer)
}

func earlier(a, b time.Time) time.Time {
	if !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// keep stores an answer, or remembers that there was none. A cache that cannot be written is only slow.
func (c *Cache) keep(want Want, address string, body []byte, failure error, now time.Time) {
	if c == nil {
		return
	}
	name := c.name(want, address)
	c.mu.Lock()
	defer c.mu.Unlock()
	if failure != nil {
		if len(c.failed) >= maxFailures {
			clear(c.failed)
		}
		c.failed[name] = now.Add(rememberFailure)
		return
	}
	delete(c.failed, name)
	c.write(name, body, now)
}

// write replaces an entry at once, so that a reader never sees half of one.
func (c *Cache) write(name string, body []byte, now time.Time) {
	path := filepath.Join(c.dir, name)
	if kept, err := os.ReadFile(path); err == nil && bytes.Equal(kept, body) {
		os.Chtimes(path, now, now) // Without it the entry is asked for again: slow, not wrong.
		return
	}
	file, err := os.CreateTemp(c.dir, "new-")
	if err != nil {
		return
	}
	_, err = file.Write(body)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Chtimes(file.Name(), now, now)
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name()) // It is gone or stays as a stray file; the answer itself was used.
	}
}

// Prune removes what was fetched before a moment. Another process may be at it too.
func (c *Cache) Prune(before time.Time) error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("prune cache of revocation data: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && info.ModTime().Before(before) {
			err = os.Remove(filepath.Join(c.dir, entry.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("prune cache of revocation data: %w", err)
		}
	}
	return nil
}
