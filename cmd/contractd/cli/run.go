// Package cli is the command line: one file a verb, and the one place where the rooms are wired together.
//
// It promises that results go to stdout and everything else to stderr, that an error is one line with a hint line,
// and that exit codes mean what docs say. Nothing below Run exits the process or reads global state but the
// environment that the operating system's tools use (HOME, NO_COLOR).
package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"contractd/signer/second"
	"contractd/workflow"
)

// env is what a verb may touch of the world.
type env struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	now    func() time.Time
	config string // Path of the configuration.
	json   bool
}

// Run executes one command line and returns the exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == second.Verb { // The child side; nothing of the command line applies.
		return answerSecond(stdin, stdout, stderr)
	}
	ctx, stop := signals(ctx)
	defer stop()
	e := &env{stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now}
	root := e.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if workflow.HintOf(err) == "" && misspelt(err) {
		err = workflow.WithHint(err, "see `"+cmd.CommandPath()+" --help`")
	}
	report(stderr, err)
	return exitCode(err)
}

// answerSecond runs the second opinion's child side.
func answerSecond(stdin io.Reader, stdout, stderr io.Writer) int {
	if err := second.Answer(stdin, stdout); err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return exitDone
}

// signals cancels the context at the first signal, so that work drains, and exits at the second.
func signals(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	received := make(chan os.Signal, 2)
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-received:
			cancel()
			signal.Reset(os.Interrupt, syscall.SIGTERM) // The second one gets the default: it ends the process.
		case <-done:
		}
	}()
	return ctx, func() { signal.Stop(received); close(done); cancel() }
}

// root assembles the commands.
func (e *env) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "contractd",
		Short: "Exchange electronically sealed contracts by e-mail (电子合同签章、寄送、验证与归档)",
		Long: "contractd seals PDF contracts with your certificates, mails them to suppliers, finds the countersigned\n" +
			"returns in your mailbox, verifies and archives them.\n\n" + exitHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVarP(&e.config, "config", "c", "contractd.toml", "configuration file")
	root.PersistentFlags().BoolVar(&e.json, "json", false, "print records as JSON")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrUsage), "see `"+cmd.CommandPath()+" --help`")
	})
	root.AddCommand(e.verbs()...)
	return root
}

// version names this build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "devel"
	}
	return info.Main.Version
}

// logger writes to stderr in the form that the configuration names.
func (e *env) logger(level slog.Level, asJSON bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if asJSON {
		return slog.New(slog.NewJSONHandler(e.stderr, options))
	}
	return slog.New(slog.NewTextHandler(e.stderr, options))
}
