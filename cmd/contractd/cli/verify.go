package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/config"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/signer/worker"
	"contractd/workflow"
)

// verifyOptions are the flags of verify.
type verifyOptions struct {
	against  string
	stamp    string
	roots    []string
	tsaRoots []string
	at       string
	language string
	ask      config.Revocation
	trust    config.Trust
	offline  bool
	html     string
	force    bool
	look     bool
	diff     string
	explicit bool // Whether --config was given.
	stays    bool // Whoever asks has more to do in this process than to print the verdict.
}

func (e *env) verify() *cobra.Command {
	var options verifyOptions
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify the signatures of a PDF file (验章)",
		Long: "verify says of each signature whether it is intact, what came after it, who signed and when, and concludes: passed,\n" +
			"indeterminate (nothing proves it wrong, nor right: an unknown signer) or failed. With --against it also says whether FILE is\n" +
			"what was sent, and was only signed since, and what passed is then rendered and compared with it, page by page: marks must hide\n" +
			"nothing, and all else look the same. --diff shows where pages differ, whatever the verdict.\n\n" +
			"Trusted are the roots that --root names, else those of the configuration; never those of the system. Whether a certificate\n" +
			"was revoked is read from the file and asked of its authority, for certificates that lead to a trusted root; --offline asks nobody.\n\n" +
			"Exit codes: 0 passed; 3 failed; 4 indeterminate; 1 FILE cannot be read; 2 wrong usage; 5 FILE is not there.",
		Example: "  contractd verify returned.pdf --against sealed.pdf --root roots/ --tsa-root tsa.pem\n" +
			"  contractd verify returned.pdf --against sealed.pdf --diff differences/\n" +
			"  contractd verify returned.pdf --html report.html --lang zh-CN\n" +
			"  contractd verify returned.pdf --json",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			options.explicit = cmd.Flags().Changed("config")
			return e.runVerify(cmd.Context(), args[0], options)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.against, "against", "", "the file that was sent: FILE must be it, signed further and nothing else")
	flags.StringArrayVar(&options.roots, "root", nil, "PEM file or folder of trusted roots (repeatable; default: [trust] roots of the configuration)")
	flags.StringArrayVar(&options.tsaRoots, "tsa-root", nil, "the same for timestamps (default: [timestamp] roots, else as --root)")
	flags.StringVar(&options.stamp, "arrival-stamp", "", "a timestamp token over the whole of FILE, such as return-1-1.tst of archive export: it proves by when FILE was there")
	flags.StringVar(&options.at, "at", "", "judge for this moment where no time is proven, as 2026-09-01T12:00:00+08:00 (default: now)")
	flags.StringVar((*string)(&options.ask), "revocation", "", "require, best-effort or off (default: [trust] revocation of the configuration, else best-effort)")
	flags.BoolVar(&options.offline, "offline", false, "ask no authority: only revocation data in the file counts")
	flags.StringVar(&options.html, "html", "", "write a report with pictures of the pages to this HTML file too")
	flags.BoolVar(&options.look, "look", true, "with --against: render what passed, and compare its pages with those that were sent")
	flags.StringVar(&options.diff, "diff", "", "with --against: write a PNG of each page that looks different to this folder, differences marked")
	flags.BoolVar(&options.force, "force", false, "replace report and pictures if they are there")
	flags.StringVar(&options.language, "lang", "", "zh-CN or en (default: from LANG)")
	return cmd
}

func (e *env) runVerify(ctx context.Context, path string, options verifyOptions) error {
	language, err := languageOf(options.language)
	if err != nil {
		return err
	}
	verdict, err := e.judge(ctx, path, options)
	if err != nil {
		return fmt.Errorf("verify %s: %w", path, err)
	}
	if e.json {
		err = e.printJSON(withLists(verdict))
	} else {
		err = (&verdictText{w: e.stdout, language: language}).print(path, verdict)
	}
	if err == nil && verdict.Verdict != workflow.Passed {
		err = errVerdict(verdict.Verdict)
	}
	return err
}

func (e *env) judge(ctx context.Context, path string, options verifyOptions) (workflow.Verdict, error) {
	if err := options.checkLook(); err != nil {
		return workflow.Verdict{}, err
	}
	files := worker.New(worker.Config{Log: e.logger(slog.LevelWarn, false)})
	defer files.Close() // Its children end with this process at the latest.
	ahead := options.ahead(ctx, files)
	settings, err := e.verifySettings(&options)
	if err != nil {
		return workflow.Verdict{}, err
	}
	asks, err := e.inquiry(options, settings.Roots != nil, ahead)
	if err != nil {
		return workflow.Verdict{}, err
	}
	defer asks.Close() // Only idle connections.
	if options.against != "" {
		sent, closer, err := openPlain(options.against)
		if err != nil {
			return workflow.Verdict{}, err
		}
		defer closer.Close() // Only read.
		settings.Sent = &verify.Sent{Document: sent}
	}
	if settings.Arrival, err = readStamp(options.stamp); err != nil {
		return workflow.Verdict{}, err
	}
	document, closer, err := openPlain(path)
	if err != nil {
		return workflow.Verdict{}, err
	}
	defer closer.Close() // Only read.
	if err := confine(asks, files, options.goesOn()); err != nil {
		return workflow.Verdict{}, err
	}
	verdict, err := asks.verify(ctx, document, settings)
	if err == nil && options.looks() {
		err = e.compareLooks(ctx, settings.Sent.Document, document, &verdict, options)
	}
	if err == nil && options.html != "" {
		err = e.report(ctx, document, path, verdict, settings, options)
	}
	return verdict, err
}

// goesOn says whether this process needs the world after the file was read: to look, to write a report, or to learn from it.
func (o verifyOptions) goesOn() bool { return o.html != "" || o.looks() || o.stays }

// ahead starts the child that will be needed beside all else, as far as the flags alone tell: a worker, or a fetcher, which it
// returns.
func (o verifyOptions) ahead(ctx context.Context, files *worker.Pool) *worker.Fetcher {
	switch {
	case o.goesOn():
		files.Warm(ctx)
	case len(o.roots) > 0 && !o.offline && o.ask != config.RevocationOff:
		return worker.StartFetcher()
	}
	return nil
}

// policy is how much depends on revocation.
func (o verifyOptions) policy() config.Revocation {
	if o.ask != "" {
		return o.ask
	}
	return o.trust.Revocation
}

// inquiry prepares what --revocation says. Whoever closes itself off asks through a child; without a root nobody is asked.
func (e *env) inquiry(options verifyOptions, rooted bool, ahead *worker.Fetcher) (*inquiry, error) {
	rules := options.trust
	rules.Revocation = options.policy()
	log := e.logger(slog.LevelWarn, false)
	q := &inquiry{mode: trust.RevocationMode(rules.Revocation), hosts: rules.IssuerHosts, extra: rules.IdentityExtensions, log: log}
	if options.offline || !rooted || q.mode == trust.RevocationOff {
		return q, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir() // A user without a home keeps nothing for the next time.
	}
	cache = filepath.Join(cache, "contractd", "revocation")
	if ahead == nil && !options.goesOn() {
		ahead = worker.StartFetcher()
	}
	if ahead == nil {
		return newInquiry(rules, cache, e.now, log)
	}
	ahead.Private, ahead.Cache, ahead.Now = rules.PrivateHosts, cache, e.now()
	q.fetcher, q.begun = ahead, ahead.Started
	return q, nil
}

// verifySettings reads moment and roots; those of the configuration where no flag names any.
func (e *env) verifySettings(options *verifyOptions) (verify.Options, error) {
	settings := verify.Options{Now: e.now()}
	options.trust = config.Trust{Revocation: config.RevocationBestEffort}
	if !slices.Contains([]config.Revocation{"", config.RevocationRequire, config.RevocationBestEffort, config.RevocationOff}, options.ask) {
		return settings, usage("require, best-effort or off", "--revocation %q is not there", options.ask)
	}
	if options.at != "" {
		at, err := time.Parse(time.RFC3339, options.at)
		if err != nil {
			return settings, usage("as 2026-09-01T12:00:00+08:00", "--at %q is no moment", options.at)
		}
		settings.At = at
	}
	if len(options.roots) == 0 {
		if err := e.configuredRoots(options, &settings); err != nil {
			return settings, err
		}
	}
	var err error
	if settings.Roots, err = loadRoots("--root", options.roots); err != nil {
		return settings, err
	}
	settings.TSARoots, err = loadRoots("--tsa-root", options.tsaRoots)
	return settings, err
}

// configuredRoots fills in what the configuration trusts. One that lies about by chance and cannot be used is told, not
// an error.
func (e *env) configuredRoots(options *verifyOptions, settings *verify.Options) error {
	cfg, err := e.load()
	switch {
	case err != nil && options.explicit:
		return err
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		fmt.Fprintf(e.stderr, "note: %s is not used, it has faults; no root is trusted\n", e.config)
		return nil
	}
	options.roots, options.trust = cfg.Trust.Roots, cfg.Trust
	if len(options.tsaRoots) == 0 {
		options.tsaRoots = cfg.Timestamp.Roots
	}
	settings.Statements = []string{cfg.Seal.Reason, cfg.Seal.Location}
	settings.Intermediates, err = loadIntermediates(cfg.Trust.Intermediates)
	return err
}

// languageOf reads --lang, or the environment as other programs do.
func languageOf(flag string) (workflow.Language, error) {
	switch workflow.Language(flag) {
	case workflow.Chinese, workflow.English:
		return workflow.Language(flag), nil
	case "":
	default:
		return "", usage("zh-CN or en", "--lang %q is not there", flag)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			if strings.HasPrefix(value, "zh") {
				return workflow.Chinese, nil
			}
			break
		}
	}
	return workflow.English, nil
}

// withLists makes empty lists of absent ones: programs that read the output need not tell them apart.
func withLists(v workflow.Verdict) workflow.Verdict {
	v.Reasons = append([]workflow.Reason{}, v.Reasons...)
	v.Signatures = append([]workflow.Signature{}, v.Signatures...)
	for n := range v.Signatures {
		s := &v.Signatures[n]
		s.Reasons = append([]workflow.Reason{}, s.Reasons...)
		s.Marks = append([]workflow.Mark{}, s.Marks...)
	}
	return v
}
