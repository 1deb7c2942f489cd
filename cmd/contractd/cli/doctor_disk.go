package cli

import (
	"fmt"

	"contractd/store/space"
	"contractd/workflow"
)

// roomyReserve is how many of the largest messages the reserve should hold: one on its way in is spooled, stored and taken apart.
const roomyReserve = 4

// checkDisk compares what is free with what [disk] wants.
func (x *examination) checkDisk() {
	settings := x.cfg.Disk
	state := space.New(space.Options{Folders: []string{x.cfg.DataDir}, Reserve: int64(settings.Reserve), Minimum: int64(settings.Minimum)}).State()
	largest := int64(max(x.cfg.Mail.IMAP.MaxSize, x.cfg.Mail.SMTP.MaxSize))
	switch {
	case state.Level != space.Enough:
		x.fail("disk", workflow.WithHint(fmt.Errorf("%s: %w", state.Cause, workflow.ErrSpace), state.Hint()))
	case int64(settings.Reserve) < roomyReserve*largest:
		x.warn("disk", fmt.Sprintf("make it %s or more, or let messages be smaller ([mail.imap] and [mail.smtp] max_size)", space.Bytes(roomyReserve*largest)),
			"%s free, but the reserve of %s holds less than %d messages of the largest size", space.Bytes(state.Free), settings.Reserve, roomyReserve)
	default:
		x.ok("disk", "%s free, the reserve is %s", space.Bytes(state.Free), settings.Reserve)
	}
}
