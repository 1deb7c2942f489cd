package main_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"contractd/cmd/contractd/cli"
)

// TestMain makes this test binary answer as contractd too, so that the scripts run a real process with its children.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"contractd": func() {
			if breaksFetcher() {
				os.Exit(0)
			}
			os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// TestScripts plays testdata/script/*.txtar, each in a folder of its own that world.settle fills.
func TestScripts(t *testing.T) {
	w := newWorld(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", Setup: w.settle, Condition: condition, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"nothing":  nothing,
			"resize":   resize,
			"alter":    alter,
			"newtoken": newToken,
			"await":    await,
			"mail":     writeMail,
		},
	})
}

// condition knows [part:NAME], a program that must be installed, [module:softhsm2] and [root]. A machine of the CI has every
// part, so that a test cannot fall silent there.
func condition(name string) (bool, error) {
	kind, part, _ := strings.Cut(name, ":")
	var there bool
	switch kind {
	case "root":
		return os.Geteuid() == 0, nil
	case "part":
		_, err := exec.LookPath(part)
		there = err == nil
	case "module":
		there = softHSM() != ""
	default:
		return false, fmt.Errorf("unknown condition %q", name)
	}
	if !there && os.Getenv("CI") != "" {
		return false, fmt.Errorf("%s is missing", part)
	}
	return there, nil
}

// exits CODE COMMAND… runs a command that must end with exactly that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with %d, want %d", args[1], got, want)
	}
}

// nothing FILE… fails if one of the files is there, or a temporary file anywhere in the script's folder.
func nothing(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! nothing")
	}
	for _, name := range args {
		if _, err := os.Lstat(ts.MkAbs(name)); !errors.Is(err, fs.ErrNotExist) {
			ts.Fatalf("%s is there: %v", name, err)
		}
	}
	ts.Check(filepath.WalkDir(ts.Getenv("WORK"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(entry.Name(), ".tmp") && !entry.IsDir() {
			err = fmt.Errorf("left behind: %s", path)
		}
		return err
	}))
}

// await PATTERN waits until a file is there that a command in the background makes.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await PATTERN")
	}
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-ticker.C {
		found, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		if len(found) > 0 {
			return
		}
	}
	ts.Fatalf("%s did not come", args[0])
}

// resize FILE SIZE cuts a file, or lengthens it with a hole.
func resize(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: resize FILE SIZE")
	}
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
}

// alter FILE OFFSET adds one to a byte, counted from the end for a negative offset.
func alter(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: alter FILE OFFSET")
	}
	offset, err := strconv.Atoi(args[1])
	ts.Check(err)
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	if offset < 0 {
		offset += len(data)
	}
	data[offset]++
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

// writeMail is "mail OUT.eml FILE.pdf": it writes a message of the demo's supplier with an attachment.
func writeMail(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mail OUT.eml FILE.pdf")
	}
	data, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	text := "From: hetong@supplier.example\r\nSubject: =?UTF-8?B?5Zue5aSN?=\r\nMessage-ID: <explained@supplier.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/pdf; name=" + args[1] + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(data) + "\r\n--b--\r\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
