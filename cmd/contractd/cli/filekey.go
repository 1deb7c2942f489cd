package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"contractd/cmd/contractd/config"
	"contractd/signer/softkey"
	"contractd/workflow"
)

// keyOptions are the flags by which the file verbs find a key.
type keyOptions struct {
	key     string
	pinFile string
}

// keyFiles are the endings of key files; any other --key is a name from the configuration, unless it holds a slash.
var keyFiles = []string{".p12", ".pfx", ".pem"}

// isFile tells a key file from the name of a configured key.
func (o keyOptions) isFile() bool {
	return strings.ContainsRune(o.key, filepath.Separator) || slices.Contains(keyFiles, strings.ToLower(filepath.Ext(o.key)))
}

// needsPIN holds for everything but PEM, which is never encrypted here.
func (o keyOptions) needsPIN() bool { return strings.ToLower(filepath.Ext(o.key)) != ".pem" }

// check refuses what cannot work before anything is read.
func (o keyOptions) check() error {
	if o.key == "" {
		return workflow.WithHint(fmt.Errorf("no key to sign with: %w", workflow.ErrUsage), "name a key file (.p12, .pfx, .pem) or a configured key with --key")
	}
	return nil
}

// openKey opens the key that the flags name; cfg is nil for a key file. There is no store that remembers a refused
// PIN, so it is tried once and the process ends.
func (e *env) openKey(ctx context.Context, options keyOptions, cfg *config.Config) (*heldKey, error) {
	if options.isFile() {
		pin, err := e.filePIN(ctx, options)
		if err != nil {
			return nil, err
		}
		held, err := openSoftkey(options.key, pin)
		return held, workflow.WithHint(err, keyHint(err))
	}
	ring := newKeyring(withPIN(cfg, options), unguarded{}, e.prompter())
	held, err := ring.key(ctx, options.key)
	return held, workflow.WithHint(err, keyHint(err))
}

// keyHint returns the cure that err lacks.
func keyHint(err error) string {
	switch {
	case err == nil || workflow.HintOf(err) != "":
		return ""
	case errors.Is(err, softkey.ErrNoKey):
		return "put the private key and the certificate that was issued for it into one file"
	case errors.Is(err, softkey.ErrFormat):
		return "a key file is PKCS#12 (.p12, .pfx), or PEM with an unencrypted key and its certificate"
	}
	return "check the key and its PIN; it was tried once and is not tried again"
}

// filePIN reads the password of a key file.
func (e *env) filePIN(ctx context.Context, options keyOptions) (string, error) {
	if !options.needsPIN() {
		return "", nil
	}
	secret := config.Secret{File: options.pinFile, Prompt: options.pinFile == ""}
	pin, err := secret.Read(ctx, "password of "+base(options.key), e.prompter())
	if err != nil {
		return "", workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrUsage), "name with --pin-file a file that holds the PIN and that only you may read")
	}
	return pin, nil
}

// withPIN lets --pin-file stand before what the configuration says.
func withPIN(cfg *config.Config, options keyOptions) *config.Config {
	if options.pinFile == "" {
		return cfg
	}
	changed := *cfg
	changed.Keys = slices.Clone(cfg.Keys)
	for n := range changed.Keys {
		changed.Keys[n].PIN = config.Secret{File: options.pinFile}
	}
	return &changed
}

// unguarded is the gate where no store remembers refused PINs: a process that tries once and ends needs none. A person
// runs it, who may know of a wrong PIN before; the last try is not taken all the same.
type unguarded struct{}

// Suspended implements gate.
func (unguarded) Suspended(context.Context, string) error { return nil }

// Login implements gate.
func (unguarded) Login(_ context.Context, _ string, login func(anyway bool) error) error {
	return login(true)
}
