package cli

import (
	"bufio"
	"context"
	"errors"
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
	return func(ctx context.Context, what string) (string, error) {
		terminal := int(file.Fd())
		before, err := term.GetState(terminal)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", what, err)
		}
		fmt.Fprintf(e.stderr, "%s: ", what)
		secret, err := answered(ctx, func() ([]byte, error) { return term.ReadPassword(terminal) })
		if ctx.Err() != nil {
			err = errors.Join(err, term.Restore(terminal, before)) // Echo would stay off.
		}
		fmt.Fprintln(e.stderr)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", what, err)
		}
		return string(secret), nil
	}
}

// answered waits for a person's answer, or for the signal by which they give up: reading a terminal cannot be interrupted.
func answered[T any](ctx context.Context, ask func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	given := make(chan answer, 1)
	go func() {
		value, err := ask()
		given <- answer{value, err}
	}()
	select {
	case a := <-given:
		return a.value, a.err
	case <-ctx.Done(): // The read stays behind; the process ends.
		var none T
		return none, ctx.Err()
	}
}

// confirm asks yes or no on the terminal; without one, or when yes was given, it does not ask.
func (e *env) confirm(ctx context.Context, question string, yes bool) error {
	if _, ok := e.terminal(); yes || !ok {
		if yes {
			return nil
		}
		return workflow.WithHint(fmt.Errorf("%s There is no terminal to ask on: %w", question, workflow.ErrPolicy), "repeat it with --yes")
	}
	fmt.Fprintf(e.stderr, "%s [y/N] ", question)
	answer, err := answered(ctx, func() (string, error) { return bufio.NewReader(e.stdin).ReadString('\n') })
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "是":
		return nil
	}
	return workflow.WithHint(fmt.Errorf("not confirmed: %w", workflow.ErrPolicy), "nothing was changed; answer y to go on")
}
