package imap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"

	"contractd/workflow"
)

// Report is what a check found.
type Report struct {
	Messages     uint32   // In the designated folder.
	UIDValidity  uint32   // Of the designated folder.
	Capabilities []string // After login, sorted.
	Missing      []string // Configured folders that do not exist yet; they are created when needed.
	Notes        []string // What the server cannot do, and what follows from that.
}

// Check connects, logs in and looks at the folders. It changes nothing. Errors carry the cure as a hint.
func (m *Mailbox) Check(ctx context.Context) (Report, error) {
	var report Report
	err := m.writer.use(ctx, func(s *session) error {
		folder, err := s.selectFolder(ctx, m.account.Folder)
		if refusal(err) != nil && workflow.HintOf(err) == "" {
			err = workflow.WithHint(err, "create the folder, or name another one in the configuration")
		}
		if err != nil {
			return err
		}
		report = Report{Messages: folder.messages, UIDValidity: folder.validity, Capabilities: s.capabilities(), Notes: s.notes()}
		sent, err := s.sentFolder(ctx)
		if err != nil {
			return err
		}
		report.Missing, err = s.missing(ctx, m.account.folders(sent))
		return err
	})
	if err != nil {
		return Report{}, fmt.Errorf("check mailbox %q: %w", m.account.Name, err)
	}
	return report, nil
}

// folders lists what is written into, each once.
func (a *Account) folders(sent string) []string {
	names := []string{sent}
	for _, name := range a.Shelves {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (s *session) missing(ctx context.Context, names []string) ([]string, error) {
	var missing []string
	for _, name := range names {
		err := s.run(ctx, fmt.Sprintf("look for folder %q", name), func() error {
			_, err := s.client.Status(name, &imap.StatusOptions{NumMessages: true}).Wait()
			return err
		})
		if refusal(err) != nil {
			missing = append(missing, name)
		} else if err != nil {
			return nil, err
		}
	}
	return missing, nil
}

func (s *session) capabilities() []string {
	var names []string
	for name := range s.caps {
		names = append(names, strings.ToUpper(string(name)))
	}
	slices.Sort(names)
	return names
}

func (s *session) notes() []string {
	var notes []string
	if s.account.Idle && !s.caps.Has(imap.CapIdle) {
		notes = append(notes, fmt.Sprintf("no IDLE: the folder is looked at every %v", s.account.Poll))
	}
	if !s.caps.Has(imap.CapMove) && !s.caps.Has(imap.CapUIDPlus) {
		notes = append(notes, "neither MOVE nor UIDPLUS: filed messages stay in the folder, flagged as deleted")
	}
	return notes
}
