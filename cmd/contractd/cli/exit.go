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
)

const exitHelp = `Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 verdict failed; 4 verdict indeterminate;
5 not found; 6 refused by state, right or policy; 7 token or PIN; 8 store damaged.`

// errVerdict ends a command whose answer is a verdict other than passed; the verdict was printed already.
type errVerdict workflow.Outcome

func (e errVerdict) Error() string { return "verdict: " + string(e) }

// exits ties sentinels to exit codes; the first that matches wins.
var exits = []struct {
	sentinel error
	code     int
}{
	{workflow.ErrDamaged, exitDamaged},
	{workflow.ErrPIN, exitToken},
	{workflow.ErrSuspended, exitToken},
	{workflow.ErrKeyMissing, exitToken},
	{workflow.ErrNotFound, exitNotFound},
	{workflow.ErrState, exitRefused},
	{workflow.ErrRight, exitRefused},
	{workflow.ErrPolicy, exitRefused},
	{workflow.ErrExists, exitRefused},
	{workflow.ErrConflict, exitRefused},
	{workflow.ErrIntegrity, exitRefused},
	{workflow.ErrUsage, exitUsage},
}

// exitCode says what a script learns of an error.
func exitCode(err error) int {
	var verdict errVerdict
	var faults config.Faults
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &verdict):
		if workflow.Outcome(verdict) == workflow.Failed {
			return exitVerdictFailed
		}
		return exitIndeterminate
	case errors.As(err, &faults):
		return exitUsage
	case misspelt(err):
		return exitUsage
	}
	for _, known := range exits {
		if errors.Is(err, known.sentinel) {
			return known.code
		}
	}
	return exitFailed
}

// misspelt recognises cobra's own errors, for which it has no types.
func misspelt(err error) bool {
	return err != nil && (strings.HasPrefix(err.Error(), "unknown command") || strings.Contains(err.Error(), "arg(s)"))
}

// report prints an error as one line and its cure as another.
func report(w io.Writer, err error) {
	var verdict errVerdict
	if err == nil || errors.As(err, &verdict) {
		return
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(w, "error: interrupted")
		return
	}
	var faults config.Faults
	if errors.As(err, &faults) {
		fmt.Fprintf(w, "error: %s\n", strings.TrimRight(err.Error(), "\n"))
		return
	}
	fmt.Fprintf(w, "error: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	if hint := workflow.HintOf(err); hint != "" {
		fmt.Fprintf(w, "hint: %s\n", hint)
	}
}
