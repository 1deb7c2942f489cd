package api

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func names(text string, form *regexp.Regexp) []string {
	var all []string
	for _, found := range form.FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	slices.Sort(all)
	return all
}

// TestRoutesAreDocumented wants a section of docs/api.md for each route, and no others.
func TestRoutesAreDocumented(t *testing.T) {
	served := names(readText(t, "routes.go"), regexp.MustCompile(`\{"([A-Z]+ /[^"]*)",`))
	documented := names(readText(t, "../../../docs/api.md"), regexp.MustCompile("(?m)^### `([A-Z]+ /[^`]*)`$"))
	if len(served) < 10 || !slices.Equal(served, documented) {
		t.Errorf("served:\n%s\ndocumented:\n%s", strings.Join(served, "\n"), strings.Join(documented, "\n"))
	}
}

// TestCodesAreDocumented wants a line for each error code, with its status.
func TestCodesAreDocumented(t *testing.T) {
	page := readText(t, "../../../docs/api.md")
	codes := names(readText(t, "wire.go"), regexp.MustCompile(`\{workflow\.Err\w+, "([a-z-]+)", http\.Status`))
	if len(codes) < 10 {
		t.Fatalf("found only %d codes", len(codes))
	}
	for _, code := range append(codes, "failed") {
		if !strings.Contains(page, "\n| `"+code+"` | ") {
			t.Errorf("docs/api.md does not name the error code %s", code)
		}
	}
}

// TestDecisionsAreDocumented wants a line for each decision.
func TestDecisionsAreDocumented(t *testing.T) {
	page := readText(t, "../../../docs/api.md")
	decisions := names(readText(t, "contracts.go"), regexp.MustCompile(`(?m)^\tcase "([a-z]+)":$`))
	if len(decisions) < 5 {
		t.Fatalf("found only %d decisions", len(decisions))
	}
	for _, decision := range decisions {
		if !strings.Contains(page, "\n| `"+decision+"` | ") {
			t.Errorf("docs/api.md does not name the decision %s", decision)
		}
	}
}
