package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/config"
	"contractd/signer/trust"
	"contractd/workflow"
)

func (e *env) doctor() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check everything that the daemon needs (自检)",
		Long: "doctor checks the configuration, the data folder and store, the roots, each key with its certificate, the seal images and the\n" +
			"font, the child processes that read foreign files, each timestamp authority and the clock, and the logins for incoming and outgoing mail: a line for each, ok, warn or\n" +
			"FAIL, with a hint how to cure it. Nothing is mailed and nothing is sealed.\n\n" +
			"A PIN is tried once, as the daemon would, and never for a suspended key. Beside a running daemon, which has the tokens, no\n" +
			"token is logged into.\n\n" +
			"Exit codes: 0 all is well, warnings aside; 1 a check failed; 2 the configuration cannot be used.",
		Example: "  sudo -u contractd contractd doctor --config /etc/contractd/config.toml",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return e.runDoctor(cmd.Context()) },
	}
}

// The states of one check.
const (
	checkOK   = "ok"
	checkWarn = "warn" // Works today.
	checkFail = "FAIL"
)

// finding is the result of one check.
type finding struct {
	Check  string `json:"check"`
	State  string `json:"state"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

// checkPatience bounds one check.
const checkPatience = 30 * time.Second

// examination is one run of doctor.
type examination struct {
	env      *env
	cfg      *config.Config
	log      *slog.Logger
	house    *house         // nil when this process does not own the store.
	daemon   bool           // A daemon owns it.
	roots    *trust.Anchors // nil when they cannot be read.
	stamped  bool           // skew is known.
	skew     time.Duration
	findings []finding
}

func (e *env) runDoctor(ctx context.Context) error {
	x := &examination{env: e, log: e.logger(slog.LevelError, false)}
	var err error
	if x.cfg, err = e.load(); err != nil {
		x.faults(err)
	} else {
		x.examine(ctx)
	}
	if e.json {
		if err := e.printJSON(x.findings); err != nil {
			return err
		}
	}
	if err != nil {
		return workflow.WithHint(fmt.Errorf("check what the daemon needs: the configuration cannot be used: %w", workflow.ErrUsage), "correct it first; the other checks need it")
	}
	return x.conclude()
}

// faults tells what is wrong with the configuration, a line for each.
func (x *examination) faults(err error) {
	var faults config.Faults
	if !errors.As(err, &faults) {
		x.fail("config", err)
		return
	}
	for _, fault := range faults {
		hint := fault.Hint
		fault.Hint = ""
		x.add(finding{"config", checkFail, fault.String(), hint})
	}
}

// examine runs every check, in an order that stays, whatever the others said.
func (x *examination) examine(ctx context.Context) {
	checks := []func(context.Context){x.checkConfig, x.checkData, x.checkStore, x.checkLeaving, x.checkRoots}
	for _, key := range x.cfg.Keys {
		checks = append(checks, func(ctx context.Context) { x.checkKey(ctx, key) })
	}
	checks = append(checks, x.leaveStore, x.checkSeals, x.checkFont, x.checkReaders)
	for n := range x.cfg.Timestamp.URLs {
		checks = append(checks, func(ctx context.Context) { x.checkAuthority(ctx, n) })
	}
	checks = append(checks, x.checkClock, x.checkIMAP, x.checkSMTP)
	for _, check := range checks {
		bounded, cancel := context.WithTimeout(ctx, checkPatience)
		check(bounded)
		cancel()
	}
}

func (x *examination) add(f finding) {
	f.Detail = strings.ReplaceAll(strings.TrimSpace(f.Detail), "\n", "; ")
	x.findings = append(x.findings, f)
	if x.env.json {
		return
	}
	fmt.Fprintf(x.env.stdout, "%-4s  %s: %s\n", f.State, f.Check, f.Detail)
	if f.Hint != "" {
		fmt.Fprintf(x.env.stdout, "      hint: %s\n", f.Hint)
	}
}

func (x *examination) ok(check, format string, args ...any) {
	x.add(finding{check, checkOK, fmt.Sprintf(format, args...), ""})
}

func (x *examination) warn(check, hint, format string, args ...any) {
	x.add(finding{check, checkWarn, fmt.Sprintf(format, args...), hint})
}

func (x *examination) fail(check string, err error) {
	x.add(finding{check, checkFail, err.Error(), workflow.HintOf(err)})
}

// conclude returns an error unless every check passed.
func (x *examination) conclude() error {
	failed := 0
	for _, f := range x.findings {
		if f.State == checkFail {
			failed++
		}
	}
	if failed == 0 {
		return nil
	}
	return workflow.WithHint(fmt.Errorf("check what the daemon needs: %d of %d checks failed", failed, len(x.findings)), "each failed check names its cure")
}
