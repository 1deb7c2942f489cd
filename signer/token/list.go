//go:build cgo

package token

import (
	"cmp"
	"errors"
	"maps"
	"slices"
)

func list(path string) (infos []Info, err error) {
	m, err := acquire(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.release()) }()
	slots, err := initialized(m)
	if err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(slots), func(a, b Info) int { return cmp.Compare(a.Serial, b.Serial) }), nil
}
