package second

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"contractd/signer/child"
)

// sizeLimit is what the child holds in memory, and the other implementation several times over.
const sizeLimit = 100 << 20

// limits of one opinion. The other implementation reads the covered bytes of each signature into memory.
func limits(size int64) child.Limits {
	return child.Limits{Timeout: time.Minute, CPU: time.Minute, Memory: 512<<20 + 16*size, Output: 64 << 10}
}

// Ask runs the other implementation over a file in a child process. The error is a *child.Death when it crashed or
// hit a limit.
func Ask(ctx context.Context, in io.ReaderAt, size int64) (Opinion, error) {
	if size > sizeLimit {
		return Opinion{}, fmt.Errorf("ask for a second opinion: file of %d MB is too large", size>>20)
	}
	raw, err := child.Run(ctx, child.Command{
		Args: []string{Verb}, Stdin: io.NewSectionReader(in, 0, size), Limits: limits(size),
	})
	if err != nil {
		return Opinion{}, fmt.Errorf("ask for a second opinion: %w", err)
	}
	var opinion Opinion
	if err := json.Unmarshal(raw, &opinion); err != nil {
		return Opinion{}, fmt.Errorf("ask for a second opinion: read the answer: %w", err)
	}
	return opinion, nil
}

// Answer is the child's side: it reads a file from in and writes an Opinion to out.
func Answer(in io.Reader, out io.Writer) error {
	file, err := io.ReadAll(io.LimitReader(in, sizeLimit+1))
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	if len(file) > sizeLimit {
		return errors.New("read document: too large")
	}
	return json.NewEncoder(out).Encode(judge(file))
}
