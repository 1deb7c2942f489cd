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

	"contractd/signer/child"
	"contractd/signer/look"
	"contractd/signer/second"
	"contractd/signer/token"
	"contractd/signer/worker"
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
	if len(args) > 0 && args[0] == look.Verb {
		return answerDrawing(args[1:], stdin, stdout, stderr)
	}
	if len(args) > 0 && args[0] == worker.Verb {
		return answerWorker(ctx, args[1:], stderr)
	}
	if len(args) == 1 && args[0] == worker.FetchVerb {
		return answerFetcher(ctx, stderr)
	}
	if len(args) > 0 && args[0] == token.Verb {
		return answerToken(args[1:], stderr)
	}
	if err := child.Harden(); err != nil { // PINs and passwords pass through here.
		report(stderr, err)
		return exitFailed
	}
	ctx, aborted, stop := signals(ctx)
	defer stop()
	e := &env{stdin: stdin, stdout: stdout, stderr: stderr, now: pointClock(time.Now)}
	root := e.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	select {
	case err := <-ended:
		report(stderr, err)
		return exitCode(err)
	case <-aborted: // Whoever exits now takes the goroutine with it; the store is made for that.
		fmt.Fprintln(stderr, "error: aborted by a second signal; what was under way is taken up again at the next start")
		return exitAborted
	}
}

// answerSecond runs the second opinion's child side.
func answerSecond(stdin io.Reader, stdout, stderr io.Writer) int {
	if err := second.Answer(stdin, stdout); err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return exitDone
}

// answerToken runs the side of a PKCS#11 module.
func answerToken(args []string, stderr io.Writer) int {
	if err := token.Serve(args); err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return exitDone
}

// signals cancels the context at the first signal, so that work drains, and closes aborted at the second.
func signals(ctx context.Context) (draining context.Context, aborted <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	received := make(chan os.Signal, 2)
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	done, twice := make(chan struct{}), make(chan struct{})
	go func() {
		for _, act := range []func(){cancel, func() { close(twice) }} {
			select {
			case <-received:
				act()
			case <-done:
				return
			}
		}
	}()
	return ctx, twice, func() { signal.Stop(received); close(done); cancel() }
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
	root.SetFlagErrorFunc(misspelt)
	root.AddCommand(e.verbs()...)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	typed(root)
	return root
}

// misspelt gives cobra's own errors, for which it has no types, the sentinel of wrong usage.
func misspelt(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	return workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrUsage), "see `"+cmd.CommandPath()+" --help`")
}

// typed makes the command and those below it check arguments and required flags before anything else.
func typed(cmd *cobra.Command) {
	check := cmd.Args
	if check == nil {
		check = cobra.ArbitraryArgs
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil {
			err = cmd.ValidateRequiredFlags()
		}
		return misspelt(cmd, err)
	}
	for _, child := range cmd.Commands() {
		typed(child)
	}
}

// release is set by the linker (-X contractd/cmd/contractd/cli.release=1.2.0) for builds that have no module version; nothing
// else writes it.
var release string

// version names this build.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "devel"
	}
	return info.Main.Version
}

// logger writes to stderr in the form that the configuration names.
func (e *env) logger(level slog.Level, asJSON bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: discreet}
	if asJSON {
		return slog.New(slog.NewJSONHandler(e.stderr, options))
	}
	return slog.New(slog.NewTextHandler(e.stderr, options))
}
