package mailserver

import (
	"fmt"
	"strings"
	"time"
)

// DeliverInto puts a message into a folder of a user's, which is made where it is missing.
func (s *Server) DeliverInto(user, name string, raw []byte, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := s.accounts[strings.ToLower(user)]
	if account == nil {
		return fmt.Errorf("deliver into %q of %q: no such user", name, user)
	}
	found := account.folder(name)
	if found == nil {
		found = account.create(name)
	}
	s.put(found, raw, at, nil)
	return nil
}
