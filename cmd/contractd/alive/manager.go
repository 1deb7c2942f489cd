package alive

import (
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Manager is the service manager that started this process, by sd_notify(3). The zero value is none: every call does
// nothing then.
type Manager struct {
	Interval time.Duration // Between two signs of life: half of what the manager waits; 0 when it wants none.
}

// FromEnvironment reads what the service manager set: WATCHDOG_USEC and WATCHDOG_PID. Where it listens,
// NOTIFY_SOCKET, is read again for each message.
func FromEnvironment() (Manager, error) {
	most, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return Manager{}, fmt.Errorf("read what the service manager expects: %w", err)
	}
	return Manager{Interval: most / 2}, nil
}

// Ready says that the daemon serves.
func (m Manager) Ready() error { return m.say(daemon.SdNotifyReady) }

// Stopping says that the daemon has begun to end.
func (m Manager) Stopping() error { return m.say(daemon.SdNotifyStopping) }

// Alive is a sign of life.
func (m Manager) Alive() error { return m.say(daemon.SdNotifyWatchdog) }

// Status says in one line how things stand.
func (m Manager) Status(line string) error {
	return m.say("STATUS=" + strings.ReplaceAll(line, "\n", " ")) // A line feed begins the next variable.
}

func (m Manager) say(message string) error {
	if _, err := daemon.SdNotify(false, message); err != nil {
		return fmt.Errorf("tell the service manager %s: %w", message, err)
	}
	return nil
}
