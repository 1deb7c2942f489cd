package signer

import (
	"context"
	"io"
)

// Layout returns the marks that seals would make, without making them.
func (s *Sealer) Layout(ctx context.Context, in io.ReaderAt, size int64, seals []Seal) ([]Mark, error) {
	file, err := open(ctx, in, size, s.limits)
	if err != nil {
		return nil, err
	}
	completed := make([]Seal, len(seals))
	for i, seal := range seals {
		if completed[i], err = seal.completed(); err != nil {
			return nil, err
		}
	}
	planned, err := s.plan(file.Last(), completed)
	if err != nil {
		return nil, err
	}
	marks := make([]Mark, len(planned))
	for i, p := range planned {
		marks[i] = p.Mark
	}
	return marks, nil
}
