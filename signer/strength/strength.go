// Package strength takes sealed files from level B-T to B-LT and B-LTA (ETSI EN 319 142-1, 6): it collects what judging the
// signatures needs when their authorities no longer answer, and has it added to the file.
//
// It promises: nothing is added that was not verified; what is missing is an error that names the certificate, never a
// lower level in silence; authorities are asked only about certificates whose path leads to an anchor, through the guards of
// signer/trust.
//
// It does not sign, does not choose policies, and leaves signatures of others in the file as they are.
package strength

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"
	"slices"
	"time"

	"contractd/signer"
	"contractd/signer/cms"
	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// Collector knows whom to ask.
type Collector struct {
	Sealer        *signer.Sealer
	Roots         *trust.Anchors      // Whom signers' certificates lead to.
	TSARoots      *trust.Anchors      // The same for timestamp authorities.
	Intermediates []*x509.Certificate // Help to build paths.
	Hosts         []string            // From which missing issuers may be fetched.
	Fetcher       *trust.Fetcher
	Now           func() time.Time
}

// Order says what is to be added to a file.
type Order struct {
	Batch   string         // The sealing act that the added revisions belong to.
	Values  [][32]byte     // SHA-256 of the signature values that it is about.
	Archive bool           // B-LTA: with a document timestamp. Needs Stamp.
	Stamp   signer.Stamper // Asks the timestamp authorities.
}

// Tail returns what is to be appended to the file so that its signatures have the level; nothing of it is needed twice.
func (c *Collector) Tail(ctx context.Context, in io.ReaderAt, size int64, o Order) ([]byte, error) {
	g := grown{ReaderAt: in, size: size}
	r := &run{Collector: c}
	reserve, err := r.material(ctx, &g, o, func(s signer.Signed) bool { return o.about(s) })
	if err != nil || !o.Archive {
		return g.tail, err
	}
	tail, err := c.Sealer.AddTimestamp(ctx, &g, g.Size(), o.Batch, o.Stamp, reserve)
	if err != nil {
		return nil, err
	}
	g.tail = append(g.tail, tail...)
	// The next document timestamp, in some years, finds in the file what judges this one.
	_, err = r.material(ctx, &g, o, func(s signer.Signed) bool { return s.Timestamp })
	return g.tail, err
}

// run is one collection. What was fetched for one certificate may answer for another.
type run struct {
	*Collector
	fetched trust.Evidence
}

// about reports whether a signature is one of the order's.
func (o Order) about(s signer.Signed) bool {
	parsed, err := cms.Parse(s.Contents)
	return err == nil && !s.Timestamp && slices.Contains(o.Values, sha256.Sum256(parsed.Signer.Value))
}

// material adds what the chosen signatures need, and returns how many octets a token of their authority takes.
func (c *run) material(ctx context.Context, g *grown, o Order, chosen func(signer.Signed) bool) (int, error) {
	signatures, err := c.Sealer.SignaturesOf(ctx, g, g.Size())
	if err != nil {
		return 0, err
	}
	var all []signer.Indexed
	reserve := 0
	for _, s := range signatures {
		if !chosen(s) {
			continue
		}
		collected, room, err := c.collect(ctx, s)
		if err != nil {
			return 0, fmt.Errorf("collect long-term material: %w", err)
		}
		all, reserve = append(all, signer.Indexed{Contents: s.Contents, Material: collected}), max(reserve, room)
	}
	if len(all) == 0 {
		return 0, fmt.Errorf("collect long-term material: the file holds none of the signatures: %w", workflow.ErrIntegrity)
	}
	tail, err := c.Sealer.AddMaterial(ctx, g, g.Size(), o.Batch, all)
	g.tail = append(g.tail, tail...)
	return reserve, err
}

// collect gathers the material of one signature with its timestamps, or of a document timestamp.
func (c *run) collect(ctx context.Context, s signer.Signed) (signer.Material, int, error) {
	var m signer.Material
	parsed, err := cms.Parse(s.Contents)
	if err != nil {
		return m, 0, err
	}
	if s.Timestamp {
		return m, 0, c.stamped(ctx, &m, s.Contents[:parsed.Length], s.Digest)
	}
	tokens := parsed.Signer.TimestampTokens()
	if len(tokens) == 0 {
		return m, 0, workflow.WithHint(fmt.Errorf("%w: the signature carries no timestamp, and without one nothing tells when it was valid", workflow.ErrPolicy),
			"name a timestamp authority")
	}
	token, err := tsa.Parse(tokens[0])
	if err != nil {
		return m, 0, err
	}
	cert := parsed.SignerCertificate()
	if cert == nil {
		return m, 0, fmt.Errorf("%w: the signature does not carry its signer's certificate", workflow.ErrIntegrity)
	}
	if err := c.chain(ctx, &m, cert, parsed.Certificates, c.Roots, token.Time, trust.Sign); err != nil {
		return m, 0, err
	}
	digest := func(h crypto.Hash) ([]byte, error) {
		running, ok := cms.NewHash(h)
		if !ok {
			return nil, fmt.Errorf("digest %v is not available", h)
		}
		running.Write(parsed.Signer.Value)
		return running.Sum(nil), nil
	}
	return m, tsa.Size(tokens[0]), c.stamped(ctx, &m, tokens[0], digest)
}

// stamped gathers the material of a timestamp's authority.
func (c *run) stamped(ctx context.Context, m *signer.Material, token []byte, digest func(crypto.Hash) ([]byte, error)) error {
	r, err := tsa.Verify(token, digest, c.TSARoots, tsa.Options{Pool: c.Intermediates})
	if err != nil {
		return err
	}
	if r.Authority == nil || len(r.Findings) > 0 && !r.Has(tsa.Untrusted) {
		return fmt.Errorf("%w: its timestamp does not count: %v", workflow.ErrIntegrity, r.Findings)
	}
	return c.chain(ctx, m, r.Authority, r.Token.CMS.Certificates, c.TSARoots, r.Time, trust.Timestamp)
}

// grown is a file with what is appended to it.
type grown struct {
	io.ReaderAt
	size int64
	tail []byte
}

func (g *grown) Size() int64 { return g.size + int64(len(g.tail)) }

// ReadAt implements io.ReaderAt.
func (g *grown) ReadAt(p []byte, at int64) (int, error) {
	if at >= g.size {
		return bytes.NewReader(g.tail).ReadAt(p, at-g.size)
	}
	n := min(int64(len(p)), g.size-at)
	read, err := g.ReaderAt.ReadAt(p[:n], at)
	if int64(read) < n || n == int64(len(p)) {
		return read, err
	}
	more, err := g.ReadAt(p[n:], g.size)
	return read + more, err
}
