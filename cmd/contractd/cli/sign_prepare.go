package cli

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/signer/font"
	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// prepareSeal makes everything of a seal but the key, so that no PIN is tried for a seal that cannot be.
func (e *env) prepareSeal(ctx context.Context, cfg *config.Config, options signOptions, where placement) (signer.Request, *signer.Sealer, error) {
	request := signer.Request{
		Seals:    []signer.Seal{{Kind: where.kind, Pages: where.page, X: where.x, Y: where.y, Size: where.size, Slices: where.slices}},
		Separate: options.separate,
		Reason:   options.reason, Location: options.location, Time: e.now(), Hash: crypto.SHA256,
	}
	var err error
	if request.Profile, err = options.profileOf(); err != nil {
		return request, nil, err
	}
	if request.Certify, request.Lock, err = options.promises(); err != nil {
		return request, nil, err
	}
	if options.image != "" {
		if request.Seals[0].Image, err = readImage(ctx, options.image, where.size, options.white); err != nil {
			return request, nil, err
		}
	}
	authorities, err := e.authorities(cfg, options)
	if err != nil {
		return request, nil, err
	}
	if authorities != nil {
		request.Timestamp = authorities.Stamp
	}
	settings := signer.Config{Now: e.now}
	if where.kind == signer.Ordinary || where.kind == signer.MultiPage {
		settings.Font, err = findFont(cfg, options.font)
	}
	return request, signer.New(settings), err
}

// asUsage blames the caller, once.
func asUsage(err error) error {
	if errors.Is(err, workflow.ErrUsage) {
		return err
	}
	return fmt.Errorf("%w: %w", err, workflow.ErrUsage)
}

func findFont(cfg *config.Config, path string) (*font.Font, error) {
	if path == "" && cfg != nil {
		path = cfg.Seal.Font
	}
	found, err := font.Find(path)
	if err != nil {
		return nil, workflow.WithHint(fmt.Errorf("find a font for the seal: %w: %w", err, workflow.ErrUsage),
			"install fonts-droid-fallback, name a TrueType font with Chinese characters with --font, or use --seal invisible")
	}
	return found, nil
}

// authorities returns the client of the timestamp authorities, nil for level B-B.
func (e *env) authorities(cfg *config.Config, options signOptions) (*tsa.Client, error) {
	client := &tsa.Client{Now: e.now}
	for _, address := range options.timestamps {
		client.Authorities = append(client.Authorities, tsa.Authority{URL: address})
	}
	roots := options.tsaRoots
	if cfg != nil {
		if len(client.Authorities) == 0 && options.stamped() {
			configured, err := authoritiesOf(cfg)
			if err != nil {
				return nil, err
			}
			client.Authorities, client.Timeout = configured, cfg.Timestamp.Timeout.Std()
		}
		if len(roots) == 0 {
			roots = cfg.Timestamp.Roots
		}
	}
	switch {
	case len(client.Authorities) == 0 && options.stamped():
		return nil, usage("name one with --timestamp URL, or in [timestamp] urls", "no timestamp authority for level %s", options.level)
	case len(client.Authorities) == 0:
		return nil, nil
	}
	var err error
	if client.Anchors, err = loadRoots("--tsa-root", roots); err != nil {
		return nil, err
	}
	return client, nil
}

// loadRoots reads the anchors that a flag names; none for no path.
func loadRoots(flag string, paths []string) (*trust.Anchors, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	anchors, err := trust.LoadAnchors(paths...)
	if err != nil {
		return nil, workflow.WithHint(fmt.Errorf("read %s: %w: %w", flag, err, workflow.ErrUsage), "name a PEM file, or a folder of them")
	}
	return anchors, nil
}
