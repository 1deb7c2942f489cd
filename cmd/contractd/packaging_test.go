package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"contractd/cmd/contractd/config"
)

// readUnit returns the settings of a unit, each with all of its values.
func readUnit(t *testing.T, name string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "packaging", name))
	check(t, err)
	settings := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		key, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if found && !strings.HasPrefix(key, "#") {
			settings[key] = append(settings[key], value)
		}
	}
	return settings
}

// TestUnitAgreesWithTheProgram compares the unit with what the program expects where nobody says otherwise.
func TestUnitAgreesWithTheProgram(t *testing.T) {
	unit := readUnit(t, "contractd.service")
	for key, want := range map[string]string{
		"Type": "notify", "User": "contractd", "Group": "contractd", "StateDirectory": "contractd", "StateDirectoryMode": "0700", "UMask": "0077",
		"KillMode": "mixed", "RestartPreventExitStatus": "2 8", "ExecStart": "/usr/bin/contractd --config /etc/contractd/config.toml serve",
	} {
		if got := strings.Join(unit[key], ";"); got != want {
			t.Errorf("%s=%s, want %s", key, got, want)
		}
	}
	if dir := config.Default().DataDir; dir != "/var/lib/"+unit["StateDirectory"][0] {
		t.Errorf("data_dir is %s by default, the unit has %s", dir, unit["StateDirectory"])
	}
	for _, key := range []string{"WatchdogSec", "NoNewPrivileges", "ProtectSystem", "CapabilityBoundingSet", "SystemCallFilter", "LimitCORE", "LoadCredential"} {
		if len(unit[key]) == 0 {
			t.Errorf("%s is missing", key)
		}
	}
	for _, credential := range unit["LoadCredential"] {
		name, path, _ := strings.Cut(credential, ":")
		if filepath.Dir(path) != "/etc/contractd/credentials" || filepath.Base(path) != name {
			t.Errorf("credential %s", credential)
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "packaging", "contractd.sysusers"))
	check(t, err)
	if !strings.Contains(string(text), "\nu contractd ") {
		t.Error("contractd.sysusers does not make the user of the unit")
	}
}

// TestUnitIsUnderstood asks systemd, which refuses unknown settings, and how much the unit leaves open: 10 is everything.
func TestUnitIsUnderstood(t *testing.T) {
	needPart(t, "systemd-analyze")
	text, err := os.ReadFile(filepath.Join(root, "packaging", "contractd.service"))
	check(t, err)
	self, err := os.Executable() // In the program's place, which must be there.
	check(t, err)
	unit := filepath.Join(t.TempDir(), "contractd.service")
	check(t, os.WriteFile(unit, []byte(strings.Replace(string(text), "ExecStart=/usr/bin/contractd", "ExecStart="+self, 1)), 0o644))
	if said, err := exec.Command("systemd-analyze", "verify", "--man=no", unit).CombinedOutput(); err != nil || strings.Contains(string(said), "contractd.service:") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, said)
	}
	if said, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", unit).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, said)
	}
}
