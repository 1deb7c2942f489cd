package signer

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"contractd/signer/cms"
	"contractd/workflow"
)

// NoTimestampYet is a Stamper that leaves the room for a timestamp empty, for Fill.
func NoTimestampYet(context.Context, []byte, crypto.Hash) ([]byte, error) { return nil, nil }

// Fill writes to out the file with a timestamp in the last signature, which covers the whole file and has room for one. A
// signature timestamp is an unsigned attribute: nothing changes but octets of /Contents that no byte range covers, so that every
// signature stays as it was made. Errors wrap workflow.ErrPolicy when the last signature is none that can be filled.
func (s *Sealer) Fill(ctx context.Context, in io.ReaderAt, size int64, out io.Writer, stamp Stamper) (sum [32]byte, err error) {
	file, err := open(ctx, in, size, s.limits)
	if err != nil {
		return sum, fmt.Errorf("fill in a timestamp: %w", err)
	}
	top, err := topSignature(in, file)
	if err != nil {
		return sum, fmt.Errorf("fill in a timestamp: %w", err)
	}
	contents, err := top.stamped(ctx, stamp)
	if err != nil {
		return sum, fmt.Errorf("fill in a timestamp: %w", err)
	}
	digest := sha256.New()
	to := io.MultiWriter(digest, out)
	err = s.copy(ctx, in, top.ranges[1], to)
	if err == nil {
		_, err = io.WriteString(to, contents)
	}
	if err == nil {
		_, err = io.Copy(to, io.NewSectionReader(in, top.ranges[2], size-top.ranges[2]))
	}
	if err != nil {
		return sum, fmt.Errorf("fill in a timestamp: %w", err)
	}
	return [32]byte(digest.Sum(nil)), nil
}

// stamped returns the token of /Contents with the timestamp, as long as it was.
func (t *top) stamped(ctx context.Context, stamp Stamper) (string, error) {
	signed, err := cms.Parse(t.contents)
	if err != nil {
		return "", fmt.Errorf("%w: the last signature cannot be read: %w", workflow.ErrPolicy, err)
	}
	if len(bytes.Trim(t.contents[signed.Length:], "\x00")) > 0 || len(signed.Signer.Unsigned) > 0 {
		return "", fmt.Errorf("%w: the last signature has no room that was left for a timestamp", workflow.ErrPolicy)
	}
	imprint := cms.ImprintHash(signed.Signer.Digest.Hash)
	running, ok := cms.NewHash(imprint)
	if !ok {
		return "", fmt.Errorf("%w: digest %s", workflow.ErrPolicy, signed.Signer.Digest.Name)
	}
	running.Write(signed.Signer.Value)
	token, err := stamp(ctx, running.Sum(nil), imprint)
	if err != nil {
		return "", err
	}
	if len(token) == 0 {
		return "", errors.New("the authority gave no timestamp")
	}
	whole, err := cms.AddTimestamp(t.contents[:signed.Length], token)
	if err != nil {
		return "", err
	}
	if len(whole) > len(t.contents) {
		err := fmt.Errorf("%w: the timestamp needs %d octets, and %d were left for it", workflow.ErrPolicy, len(token), len(t.contents)-signed.Length)
		return "", workflow.WithHint(err, "take the seal off with `contractd unseal NUMBER` and seal anew while the authority answers")
	}
	text := "<" + strings.ToUpper(hex.EncodeToString(whole)) + strings.Repeat("00", len(t.contents)-len(whole)) + ">"
	if int64(len(text)) != t.ranges[2]-t.ranges[1] {
		return "", fmt.Errorf("%w: the last signature was not written by this program", workflow.ErrPolicy)
	}
	return text, nil
}
