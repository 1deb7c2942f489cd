package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"contractd/cmd/contractd/config"
	"contractd/workflow"
)

// Exit codes; scripts rely on them.
const (
	exitDone          = 0
	exitFailed        = 1
	exitUsage         = 2
	exitVerdictFailed = 3
	exitIndeterminate = 4
	exitNotFound      = 5
	exitRefused       = 6
	exitToken         = 7
	exitDamaged       = 8
	exitAborted       = 9
)

const exitHelp = `Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 verdict failed; 4 verdict indeterminate;
5 not found; 6 refused by state, right or policy; 7 token or PIN; 8 store damaged; 9 aborted by a second signal.`

// errVerdict ends a command whose answer is a verdict other than passed; the verdict was printed already.
type errVerdict workflow.Outcome

func (e errVerdict) Error() string { return "verdict: " + string(e) }

// exits ties sentinels to exit codes, and to the cure that is told where the error names none itself; the first that
// matches wins.
var exits = []struct {
	sentinel error
	code     int
	hint     string
}{
	{workflow.ErrDamaged, exitDamaged, "stop the daemon, keep a copy of the data folder as it is, then run `contractd archive check`"},
	{workflow.ErrPIN, exitToken, "correct the PIN; a wrong one is never tried twice"},
	{workflow.ErrSuspended, exitToken, "see why with `contractd token list`, then run `contractd token resume KEY`"},
	{workflow.ErrKeyMissing, exitToken, "plug the token in, or correct [[keys]] in the configuration"},
	{workflow.ErrNotFound, exitNotFound, "list what there is with `contractd archive query` or `contractd supplier list`"},
	{workflow.ErrState, exitRefused, "see where it stands with `contractd status NUMBER`"},
	{workflow.ErrRight, exitRefused, "ask somebody who has the right; [[users]] in the configuration says who"},
	{workflow.ErrPolicy, exitRefused, "the configuration says what is allowed"},
	{workflow.ErrExists, exitRefused, "choose another name"},
	{workflow.ErrConflict, exitRefused, "look again, then decide again"},
	{workflow.ErrIntegrity, exitRefused, "get an unbroken copy of the file"},
	{workflow.ErrUsage, exitUsage, "see --help of the command"},
}

// hintOf returns the cure of an error: its own, else that of its kind.
func hintOf(err error) string {
	if hint := workflow.HintOf(err); hint != "" {
		return hint
	}
	for _, known := range exits {
		if errors.Is(err, known.sentinel) {
			return known.hint
		}
	}
	return "`contractd doctor` checks everything that contractd needs"
}

// exitCode says what a script learns of an error.
func exitCode(err error) int {
	var verdict errVerdict
	var faults config.Faults
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &errAlarm{}):
		return exitFailed
	case errors.As(err, &verdict):
		if workflow.Outcome(verdict) == workflow.Failed {
			return exitVerdictFailed
		}
		return exitIndeterminate
	case errors.As(err, &faults):
		return exitUsage
	}
	for _, known := range exits {
		if errors.Is(err, known.sentinel) {
			return known.code
		}
	}
	return exitFailed
}

// report prints an error as one line and its cure as another.
func report(w io.Writer, err error) {
	var verdict errVerdict
	if err == nil || errors.As(err, &verdict) || errors.As(err, &errAlarm{}) {
		return
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(w, "error: interrupted")
		if hint := workflow.HintOf(err); hint != "" {
			fmt.Fprintf(w, "hint: %s\n", printable(hint))
		}
		return
	}
	var faults config.Faults
	if errors.As(err, &faults) { // The one error that has more to say than a line: all of it at once.
		fmt.Fprintf(w, "error: %s\n", strings.ReplaceAll(err.Error(), "\n", "\n  "))
		fmt.Fprintln(w, "hint: config.example.toml documents every key; `contractd init` writes a configuration that works")
		return
	}
	fmt.Fprintf(w, "error: %s\n", printable(strings.ReplaceAll(err.Error(), "\n", "; ")))
	fmt.Fprintf(w, "hint: %s\n", printable(hintOf(err)))
}
