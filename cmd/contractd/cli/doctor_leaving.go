package cli

import (
	"context"
	"errors"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// checkLeaving tells what the mode and the hold keep from leaving.
func (x *examination) checkLeaving(ctx context.Context) {
	const hint = "as configured in [mail]; contracts are exchanged in the mode live"
	for _, line := range warnings(x.cfg.Mail.Mode, x.cfg.Mail.RedirectTo.Address, nil) {
		x.warn("mode", hint, "%s", line)
	}
	hold, copied, err := x.hold(ctx)
	switch {
	case err != nil:
		x.fail("hold", err)
	case hold.Active():
		x.warn("hold", "look with `contractd release --all --dry-run`; docs/operations.md says what to compare", "%s", warnings("", "", &hold)[0])
	case copied:
		x.warn("hold", "when the store is used next, everything is held until `contractd release --all`", "this store was copied or restored")
	}
}

// hold asks whoever has the store; nobody is asked where nobody answers, which another check tells.
func (x *examination) hold(ctx context.Context) (hold workflow.Hold, copied bool, err error) {
	switch {
	case x.daemon:
		client := api.Dial(socketPath(x.cfg), version())
		health, err := client.Status(ctx)
		if health.Hold != nil {
			hold = *health.Hold
		}
		return hold, false, errors.Join(err, client.Close())
	case x.house == nil:
		return hold, false, nil
	}
	hold, same, _, err := x.house.identify(ctx)
	return hold, !same && hold.Identity != "", err
}
