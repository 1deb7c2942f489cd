package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"contractd/workflow"
)

// onlyNamed refuses a query with a parameter that nobody reads, or that cannot be read: a contract must not leave because
// "hold" was misspelt.
func onlyNamed(asked *url.URL, names ...string) error {
	query, err := url.ParseQuery(asked.RawQuery)
	if err != nil {
		return fmt.Errorf("read query: %w: %w", err, workflow.ErrUsage)
	}
	for name, values := range query {
		if !slices.Contains(names, name) {
			return workflow.WithHint(fmt.Errorf("read query: unknown parameter %q: %w", name, workflow.ErrUsage), "it takes "+strings.Join(names, ", "))
		}
		if len(values) > 1 && name != "state" {
			return fmt.Errorf("read query: parameter %q stands in it %d times: %w", name, len(values), workflow.ErrUsage)
		}
	}
	return nil
}

// truth reads a parameter that is true or false; a missing one is false.
func truth(query url.Values, name string) (bool, error) {
	switch text := query.Get(name); text {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	default:
		return false, fmt.Errorf("read %s %q: want true or false: %w", name, text, workflow.ErrUsage)
	}
}
