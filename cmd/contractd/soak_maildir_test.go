package main_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// maildir reads a mailbox from the files of Dovecot, for it is asked often.
type maildir struct {
	folder string

	mu    sync.Mutex // Guards what follows.
	known map[string]bool
	read  [][]byte
}

func (m *maildir) all() ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, sub := range []string{"new", "cur"} {
		entries, err := os.ReadDir(filepath.Join(m.folder, sub))
		if err != nil && !errors.Is(err, os.ErrNotExist) { // The first letter makes it.
			return nil, err
		}
		for _, entry := range entries {
			name, _, _ := strings.Cut(entry.Name(), ":")
			if m.known[name] {
				continue
			}
			raw, err := os.ReadFile(filepath.Join(m.folder, sub, entry.Name()))
			if err != nil {
				return nil, err
			}
			if m.known == nil {
				m.known = map[string]bool{}
			}
			m.known[name] = true
			m.read = append(m.read, raw)
		}
	}
	return m.read, nil
}
