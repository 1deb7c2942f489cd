package cli

import (
	"bytes"
	"context"
	"crypto"
	"fmt"
	"io"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/cmd/contractd/metrics"
	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// notary takes our own timestamps over what arrives. It implements inbound.Notary and is asked by the judge alone.
type notary struct {
	client *tsa.Client
	took   func(step metrics.Step, start time.Time)
	now    func() time.Time
	rests  time.Time // Until then nobody is asked: an authority that is down costs each arrival nothing.
	cause  error     // Why it rests.
}

const (
	stampPatience = 8 * time.Second // For all authorities together: judging goes on without them.
	stampRest     = time.Minute
)

// newNotary returns nil where no timestamp authority is configured.
func newNotary(cfg *config.Config, anchors *trust.Anchors, took func(metrics.Step, time.Time), now func() time.Time) (*notary, error) {
	if len(cfg.Timestamp.URLs) == 0 {
		return nil, nil
	}
	authorities, err := authoritiesOf(cfg)
	if err != nil {
		return nil, err
	}
	client := &tsa.Client{Authorities: authorities, Anchors: anchors, Timeout: min(cfg.Timestamp.Timeout.Std(), stampPatience), Now: now}
	return &notary{client: client, took: took, now: now}, nil
}

// Stamp implements inbound.Notary.
func (n *notary) Stamp(ctx context.Context, digest workflow.Hash) (workflow.Stamp, workflow.Document, error) {
	if n.now().Before(n.rests) {
		return workflow.Stamp{}, workflow.Document{}, fmt.Errorf("asked again after %s: %w", n.rests.UTC().Format(time.RFC3339), n.cause)
	}
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, stampPatience)
	defer cancel()
	der, err := n.client.Stamp(limited, digest[:], crypto.SHA256)
	if err != nil {
		if ctx.Err() == nil {
			n.rests, n.cause = n.now().Add(stampRest), err
		}
		return workflow.Stamp{}, workflow.Document{}, err
	}
	n.took(metrics.StepTimestamp, start)
	read, err := tsa.Read(der)
	if err != nil {
		return workflow.Stamp{}, workflow.Document{}, err
	}
	token := workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf(der), Size: int64(len(der))}, ReaderAt: bytes.NewReader(der)}
	return workflow.Stamp{Over: digest, Token: token.Ref, Time: read.Time, Authority: read.Authority}, token, nil
}

// tokenOf reads a token of a return; nil where there is none.
func tokenOf(stamp workflow.Document) ([]byte, error) {
	if stamp.ReaderAt == nil {
		return nil, nil
	}
	if stamp.Size > tsa.MaxToken {
		return nil, fmt.Errorf("read timestamp %s: %d bytes: %w", stamp.Hash.Short(), stamp.Size, workflow.ErrDamaged)
	}
	der, err := io.ReadAll(stamp.Reader())
	if err != nil {
		return nil, fmt.Errorf("read timestamp %s: %w", stamp.Hash.Short(), err)
	}
	return der, nil
}

// proves implements check.Stamps: whether a token that is kept still proves its document's time. Time alone does not end that: the
// authority's certificate had to be valid then.
func (b *bench) proves(stamp workflow.Stamp, token []byte) error {
	digest := func(h crypto.Hash) ([]byte, error) {
		if h != crypto.SHA256 {
			return nil, fmt.Errorf("timestamp of %s: its digest is %v", stamp.Time.UTC().Format(time.RFC3339), h)
		}
		return stamp.Over[:], nil
	}
	r, err := tsa.Verify(token, digest, b.anchor, tsa.Options{Pool: b.middle})
	if err != nil {
		return err
	}
	if len(r.Findings) > 0 {
		f := r.Findings[0] // One is enough.
		what := fmt.Errorf("timestamp of %s over %s: %s: %s", stamp.Time.UTC().Format(time.RFC3339), stamp.Over, f.Code, f.Detail)
		if f.Code == tsa.Untrusted || f.Code == tsa.Weak || f.Code == tsa.Unsupported {
			what = fmt.Errorf("%w: %w", what, workflow.ErrPolicy)
		}
		return what
	}
	if !r.Time.Equal(stamp.Time) {
		return fmt.Errorf("timestamp over %s: recorded as of %s, it says %s", stamp.Over, stamp.Time.UTC().Format(time.RFC3339), r.Time.Format(time.RFC3339))
	}
	return nil
}

// readStamp reads a token from a file; nil where none is named.
func readStamp(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	document, closer, err := openPlain(path)
	if err != nil {
		return nil, err
	}
	defer closer.Close() // Only read.
	if document.Size > tsa.MaxToken {
		return nil, usage("name the token that archive export wrote, or that a timestamp authority gave", "--arrival-stamp %s: %d bytes are no timestamp", path, document.Size)
	}
	return tokenOf(document)
}
