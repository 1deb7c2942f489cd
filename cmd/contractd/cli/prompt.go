package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"contractd/cmd/contractd/config"
	"contractd/workflow"
)

// terminal returns the terminal that stdin is, if it is one.
func (e *env) terminal() (*os.File, bool) {
	file, ok := e.stdin.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

// prompter asks for secrets on the terminal, without echo; without a terminal there is nobody to ask.
func (e *env) prompter() config.Prompter {
	file, ok := e.terminal()
	if !ok {
		return nil
	}
	return func(_ context.Context, what string) (string, error) {
		fmt.Fprintf(e.stderr, "%s: ", what)
		secret, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(e.stderr)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", what, err)
		}
		return string(secret), nil
	}
}

// confirm asks yes or no on the terminal; without one, or when yes was given, it does not ask.
func (e *env) confirm(question string, yes bool) error {
	if _, ok := e.terminal(); yes || !ok {
		if yes {
			return nil
		}
		return workflow.WithHint(fmt.Errorf("%s There is no terminal to ask on: %w", question, workflow.ErrPolicy), "repeat it with --yes")
	}
	fmt.Fprintf(e.stderr, "%s [y/N] ", question)
	answer, err := bufio.NewReader(e.stdin).ReadString('\n')
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "是":
		return nil
	}
	return fmt.Errorf("not confirmed: %w", workflow.ErrPolicy)
}
