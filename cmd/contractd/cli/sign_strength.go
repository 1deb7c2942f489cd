package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/strength"
	"contractd/signer/trust"
	"contractd/workflow"
)

// strengthOptions are the flags of sign about how long a signature can be judged, and what it lets others do.
type strengthOptions struct {
	certify int
	lock    string
	roots   []string
	private []string
}

func (o *strengthOptions) strengthFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&o.roots, "root", nil, "PEM file or folder of the root above the key's certificate, for B-LT and B-LTA (repeatable; default: [trust] roots)")
	flags.StringArrayVar(&o.private, "private-host", nil, "host in the own network where an authority answers, for B-LT and B-LTA (repeatable; default: [trust] private_hosts)")
	flags.IntVar(&o.certify, "certify", 0, "certify the file, as its first signature: 1 nothing may follow, 2 forms and signatures, 3 comments too (default: none, so that any client can countersign)")
	flags.StringVar(&o.lock, "lock", "", "form fields that nobody may change afterwards: all, include:NAME,… or exclude:NAME,… (default: none)")
}

// stamped reports whether the level asks for a timestamp.
func (o signOptions) stamped() bool {
	switch config.Level(o.level) {
	case config.LevelBT, config.LevelBLT, config.LevelBLTA:
		return true
	}
	return false
}

// lasting reports whether the level asks for material for later.
func lasting(level config.Level) bool { return level == config.LevelBLT || level == config.LevelBLTA }

func (o signOptions) checkStrength() error {
	level := config.Level(o.level)
	if lasting(level) && len(o.roots) == 0 && o.isFile() {
		return usage("what is kept for later is checked first: name the root above the key's certificate with --root PEM", "--level %s without --root", level)
	}
	if lasting(level) && o.certify == int(signer.CertifyFinal) {
		return usage("certify at 2, or choose B-T", "--level %s with --certify 1, after which nothing may be added", level)
	}
	_, _, err := o.promises()
	return err
}

// promises reads --certify and --lock.
func (o signOptions) promises() (signer.Certify, *signer.Lock, error) {
	if o.certify < 0 || o.certify > int(signer.CertifyAnnotations) {
		return 0, nil, usage("1, 2 or 3", "--certify %d is no level", o.certify)
	}
	lock, err := parseLock(o.lock)
	if err != nil {
		return 0, nil, usage("all, include:NAME,… or exclude:NAME,…", "--lock %q cannot be read", o.lock)
	}
	return signer.Certify(o.certify), lock, nil
}

// lockable refuses a lock of fields that the document does not have: a slip of the pen would lock nothing.
func lockable(ctx context.Context, document workflow.Document, lock *signer.Lock) error {
	if lock == nil || lock.Action != signer.LockInclude {
		return nil // Fields that are left open may come later.
	}
	file, err := pdf.Open(ctx, document, document.Size, pdf.Limits{})
	if err != nil {
		return err
	}
	fields, err := file.Last().Fields()
	if err != nil {
		return err
	}
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	hint := "it has no fields: lock all, or leave --lock out"
	if len(names) > 0 {
		hint = "its fields are: " + strings.Join(names[:min(len(names), 20)], ", ")
	}
	for _, wanted := range lock.Fields {
		if !slices.ContainsFunc(names, func(name string) bool { return name == wanted || strings.HasPrefix(name, wanted+".") }) {
			return usage(hint, "--lock: the document has no field %q", wanted)
		}
	}
	return nil
}

// parseLock reads what --lock and [seal] lock say; nil for nothing.
func parseLock(text string) (*signer.Lock, error) {
	action, names, _ := strings.Cut(text, ":")
	switch {
	case text == "":
		return nil, nil
	case text == "all":
		return &signer.Lock{Action: signer.LockAll}, nil
	case names == "":
	case action == "include":
		return &signer.Lock{Action: signer.LockInclude, Fields: strings.Split(names, ",")}, nil
	case action == "exclude":
		return &signer.Lock{Action: signer.LockExclude, Fields: strings.Split(names, ",")}, nil
	}
	return nil, errors.New("it names no fields")
}

// strengthen appends what the level asks for beyond the signature, and returns the level that the file has by then.
func (e *env) strengthen(ctx context.Context, target *output, result *signer.Result, p press) (config.Level, error) {
	level := config.Level(p.options.level)
	switch {
	case !result.Tokened:
		return config.LevelBB, nil
	case !lasting(level):
		return config.LevelBT, nil
	}
	collector, err := e.collector(p)
	if err != nil {
		return "", err
	}
	defer collector.Fetcher.Close() // Only idle connections.
	tail, err := collector.Tail(ctx, target, result.Size, strength.Order{
		Batch: result.BatchID, Values: valuesIn(*result), Archive: level == config.LevelBLTA, Stamp: p.request.Timestamp,
	})
	if err != nil {
		return "", fmt.Errorf("reach level %s: %w", level, err)
	}
	if _, err := target.Write(tail); err != nil {
		return "", fmt.Errorf("write long-term material: %w", err)
	}
	result.Size += int64(len(tail))
	digest := sha256.New()
	if _, err := io.Copy(digest, io.NewSectionReader(target, 0, result.Size)); err != nil {
		return "", fmt.Errorf("read back the output: %w", err)
	}
	digest.Sum(result.SHA256[:0])
	return level, nil
}

func valuesIn(result signer.Result) [][32]byte {
	var all [][32]byte
	for _, signature := range result.Signatures {
		all = append(all, signature.Value)
	}
	return all
}

// collector asks the authorities of the flags, else of the configuration.
func (e *env) collector(p press) (*strength.Collector, error) {
	cfg, err := e.configFor(p.options.keyOptions)
	if err != nil {
		return nil, err
	}
	roots, stamps, private := p.options.roots, p.options.tsaRoots, p.options.private
	c := &strength.Collector{Sealer: p.sealer, Now: e.now}
	if cfg != nil {
		roots, stamps, private = orList(roots, cfg.Trust.Roots), orList(stamps, cfg.Timestamp.Roots), orList(private, cfg.Trust.PrivateHosts)
		c.Hosts = cfg.Trust.IssuerHosts
		if c.Intermediates, err = loadIntermediates(cfg.Trust.Intermediates); err != nil {
			return nil, err
		}
	}
	if c.Roots, err = loadRoots("--root", roots); err != nil {
		return nil, err
	}
	if c.TSARoots, err = loadRoots("--tsa-root", stamps); err != nil {
		return nil, err
	}
	c.Fetcher = &trust.Fetcher{Guard: trust.Guard{Private: private}, Now: e.now}
	return c, nil
}

func orList(list, otherwise []string) []string {
	if len(list) == 0 {
		return otherwise
	}
	return list
}
