package mailbox

import (
	"slices"
	"strings"
	"testing"
)

// TestIDsAreBounded leaves overlong ids out, and only them: a counted expression would also do so, at a price.
func TestIDsAreBounded(t *testing.T) {
	longest, tooLong := strings.Repeat("号", maxID), strings.Repeat("号", maxID+1)
	field := "<a@b> <" + tooLong + "> <> <c d> <" + longest + "> <e@f>"
	if got, want := bracketed(field, 10), []string{"a@b", longest, "e@f"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := bracketed(field, 2); len(got) != 2 || got[1] != longest {
		t.Errorf("of at most 2 ids, got %q", got)
	}
	for value, want := range map[string]string{
		"<" + tooLong + ">": "", "<" + tooLong + "> <a@b>": "a@b", "bare@id": "bare@id", strings.Repeat("x", maxID+1): "", "a b": "",
	} {
		if got := firstID(value); got != want {
			t.Errorf("%.20q: got %.20q, want %q", value, got, want)
		}
	}
}
