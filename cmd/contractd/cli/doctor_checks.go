package cli

import (
	"context"
	"errors"
	"fmt"

	"contractd/signer/font"
	"contractd/signer/trust"
	"contractd/signer/worker"
	"contractd/store/bolt"
	"contractd/workflow"
	"contractd/workflow/keys"
)

// checkConfig looks at the files that the configuration names; what it says itself was checked when it was loaded.
func (x *examination) checkConfig(context.Context) {
	if faults := x.cfg.CheckFiles(); len(faults) > 0 {
		x.faults(faults)
		return
	}
	x.ok("config", "%s, and every file that it names can be read", x.cfg.Path)
}

func (x *examination) checkData(context.Context) {
	if err := ownFolder(x.cfg.DataDir); err != nil {
		x.fail("data", err)
		return
	}
	x.ok("data", "%s is ours", x.cfg.DataDir)
	x.checkDisk()
}

// checkStore takes the store, unless a daemon has it.
func (x *examination) checkStore(ctx context.Context) {
	owner, err := bolt.Lock(x.cfg.DataDir, version())
	switch {
	case errors.Is(err, bolt.ErrOwned) && reachable(x.cfg):
		x.daemon = true
		x.ok("store", "a running daemon has it and answers")
		return
	case errors.Is(err, bolt.ErrOwned):
		x.warn("store", "if it is a daemon that hangs, restart it", "in use: %v", err)
		return
	case err != nil:
		x.fail("store", err)
		return
	}
	h := &house{cfg: x.cfg, log: x.log, now: x.env.now, owner: owner}
	for _, step := range []func() error{h.whole, func() error { return h.open(ctx) }} {
		if err := step(); err != nil {
			x.fail("store", errors.Join(err, h.Close()))
			return
		}
	}
	h.guard = &keys.Guard{Ledger: h.ledger, Now: h.now}
	h.ring = newKeyring(x.cfg, h.guard, x.env.prompter())
	x.house = h
	x.ok("store", "opens, and nobody else has it")
}

// leaveStore gives the store back before the checks that wait for others.
func (x *examination) leaveStore(context.Context) {
	if x.house == nil {
		return
	}
	if err := x.house.Close(); err != nil {
		x.fail("store", fmt.Errorf("close: %w", err))
	}
	x.house = nil
}

func (x *examination) checkRoots(context.Context) {
	anchors, err := trust.LoadAnchors(x.cfg.Trust.Roots...)
	if err != nil {
		x.fail("roots", workflow.WithHint(err, "name PEM files, or folders of them, in [trust] roots"))
		return
	}
	x.roots = anchors
	expired := 0
	for _, root := range anchors.Certificates() {
		if x.env.now().After(root.NotAfter) {
			expired++
		}
	}
	switch unread := anchors.Unread(); {
	case len(unread) > 0:
		x.warn("roots", "remove or replace the files that cannot be read", "%d roots; not read: %v", len(anchors.Certificates()), errors.Join(unread...))
	case expired > 0:
		x.warn("roots", "new signatures need current roots", "%d roots, %d of them expired", len(anchors.Certificates()), expired)
	default:
		x.ok("roots", "%d roots", len(anchors.Certificates()))
	}
}

// checkSeals reads the pictures of the seals.
func (x *examination) checkSeals(ctx context.Context) {
	for _, mark := range x.cfg.Seal.Marks {
		if !mark.Visible || mark.Image == "" {
			continue
		}
		if _, err := readImage(ctx, mark.Image, float64(mark.Size), false); err != nil {
			x.fail("seal of key "+mark.Key, err)
			continue
		}
		x.ok("seal of key "+mark.Key, "%s", mark.Image)
	}
}

// fontSample holds what seals show; 小, 山 and 层 are those that broken string encoders lose.
const fontSample = "签章人时间原因年月日公司合同小山层"

func (x *examination) checkFont(context.Context) {
	found, err := font.Find(x.cfg.Seal.Font)
	if err == nil {
		err = found.Check(fontSample)
	}
	if err != nil {
		x.fail("font", workflow.WithHint(err, "install fonts-droid-fallback, or name a TrueType font with Chinese characters as [seal] font"))
		return
	}
	x.ok("font", "%s has Chinese characters", found.Path())
}

// checkReaders starts a child that would read a foreign file.
func (x *examination) checkReaders(ctx context.Context) {
	files := worker.New(worker.Config{Log: x.log})
	defer files.Close() // It was asked nothing.
	switch walls, err := files.Try(ctx); {
	case err != nil:
		x.fail("readers", workflow.WithHint(err, "returned files are read in a child of this program; it must be able to start /proc/self/exe"))
	case walls.Missing != "":
		x.warn("readers", "use a kernel with Landlock and seccomp, and let the container or service manager allow both", "foreign files are read in a child that is not closed off completely: %s", walls.Missing)
	default:
		x.ok("readers", "foreign files are read in a child that sees nothing else")
	}
}
