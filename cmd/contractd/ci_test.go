package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// machine is a PATH in which some commands are replaced, so that the scripts meet a machine that lacks something.
type machine struct {
	folder string
	env    []string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Fatal("bash is missing; the scripts of .ci need it")
	}
	m := &machine{folder: t.TempDir()}
	m.env = append(os.Environ(), "PATH="+m.folder+":"+os.Getenv("PATH"), "POLICY_RC_D="+m.path("policy-rc.d"))
	m.command(t, "id", `echo 0`)
	m.command(t, "dpkg-query", `echo -n installed`)
	m.command(t, "apt-get", `echo "$DEBIAN_FRONTEND $*" >>`+m.path("calls")+`; test -x `+m.path("policy-rc.d")+` || echo services start >>`+m.path("calls"))
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.folder, name) }

func (m *machine) command(t *testing.T, name, script string) {
	t.Helper()
	if err := os.WriteFile(m.path(name), []byte("#!/bin/bash\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env = root, m.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (m *machine) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(m.path(name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

func TestInstallDoesNothingWhenAllIsThere(t *testing.T) {
	m := newMachine(t)
	m.command(t, "id", `echo 1000`) // nor does it want root
	for _, target := range []string{"demo", "test", "bench", "build", "lint", "fuzz", "powercut", "soak", "windows"} {
		if out, err := m.run(t, ".ci/install", target); err != nil || out != "" {
			t.Errorf("%s: %v\n%s", target, err, out)
		}
	}
	if calls := m.read(t, "calls"); calls != "" {
		t.Errorf("apt-get was called: %s", calls)
	}
}

func TestInstallTakesOnlyWhatIsMissing(t *testing.T) {
	for _, before := range []string{"", "#!/bin/sh\nexit 104\n"} {
		m := newMachine(t)
		m.command(t, "dpkg-query", `[[ "$*" == *softhsm2 ]] || echo -n installed`)
		if before != "" {
			m.command(t, "policy-rc.d", "")
			if err := os.WriteFile(m.path("policy-rc.d"), []byte(before), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := m.run(t, ".ci/install", "test"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		want := "noninteractive -qq -y -o DPkg::Lock::Timeout=300 update\n" +
			"noninteractive -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends softhsm2\n"
		if calls := m.read(t, "calls"); calls != want {
			t.Errorf("apt-get was called:\n%swant:\n%s", calls, want)
		}
		if after := m.read(t, "policy-rc.d"); after != before {
			t.Errorf("policy-rc.d was %q and is %q", before, after)
		}
	}
}

func TestInstallRestoresThePolicyAfterAFailure(t *testing.T) {
	m := newMachine(t)
	m.command(t, "dpkg-query", `exit 1`)
	m.command(t, "apt-get", `echo "E: cannot fetch http://mirror.example.com/debian"; exit 100`)
	out, err := m.run(t, ".ci/install", "demo")
	if err == nil || !strings.Contains(out, "hint:") {
		t.Errorf("%v\n%s", err, out)
	}
	if strings.Contains(out, "mirror.example.com") {
		t.Errorf("an address is told:\n%s", out)
	}
	if policy := m.read(t, "policy-rc.d"); policy != "" {
		t.Errorf("policy-rc.d is left: %q", policy)
	}
}

func TestPreflightTellsWhatIsMissing(t *testing.T) {
	for name, tt := range map[string]struct {
		command, script string
		want            string
	}{
		"root":     {"dpkg-query", "exit 1", "needs root"},
		"old Go":   {"go", "echo go1.20", "Go 1.20 is too old"},
		"compiler": {"go", `[[ $* == *CC ]] && echo no-such-cc || echo go9.9.9`, "no working C compiler (no-such-cc)"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.command(t, "id", `echo 1000`)
			m.command(t, tt.command, tt.script)
			start := time.Now()
			out, err := m.run(t, ".ci/preflight", "test")
			if err == nil || !strings.Contains(out, tt.want) || !strings.Contains(out, "\nhint: ") {
				t.Errorf("%v\n%s\nwant %s", err, out, tt.want)
			}
			// The promise is one second; a loaded machine that runs other tests gets more.
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("told after %v", took)
			}
		})
	}
}

func TestPreflightWithoutGo(t *testing.T) {
	m := newMachine(t)
	for _, name := range []string{"bash", "env", "dirname", "sed", "paste", "cat"} {
		file, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(file, m.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	m.env = []string{"PATH=" + m.folder}
	out, err := m.run(t, ".ci/preflight", "build")
	if err == nil || !strings.Contains(out, "no go command") || !strings.Contains(out, "hint: install Go") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestScriptsAreSound(t *testing.T) {
	scripts, err := filepath.Glob(root + "/.ci/*")
	if err != nil || len(scripts) < 5 {
		t.Fatalf("found %q, %v", scripts, err)
	}
	for _, script := range scripts {
		if out, err := exec.CommandContext(t.Context(), "bash", "-n", script).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
		info, err := os.Stat(script)
		if err != nil {
			t.Fatal(err)
		}
		if runs := info.Mode()&0o111 != 0; runs == strings.HasSuffix(script, ".sh") {
			t.Errorf("%s: mode %v", script, info.Mode())
		}
	}
}
