package cli

import (
	"os"
	"slices"

	"contractd/cmd/contractd/config"
)

// knows returns whether a person of that name can own contracts: one of [users], or where there are none, the owner of the
// data folder.
func knows(cfg *config.Config) func(string) bool {
	var names []string
	for _, user := range cfg.Users {
		names = append(names, user.Name)
	}
	if len(names) == 0 {
		names = append(names, actorFor(cfg, os.Geteuid()).Name)
	}
	return func(name string) bool { return slices.Contains(names, name) }
}
