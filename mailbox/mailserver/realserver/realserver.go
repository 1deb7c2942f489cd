package realserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// User has a mailbox on Dovecot and may send over Postfix.
type User struct {
	Address  string // Also the login.
	Password string // Without colon or line end.
}

// ErrMissing is wrapped by errors that name a part that is not installed, or the right to start it.
var ErrMissing = errors.New("missing on this machine")

// attempts bounds how often other ports are tried: neither server can bind port 0.
const attempts = 5

// require names what is missing of programs, and of root.
func require(programs ...string) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("root rights: %w", ErrMissing)
	}
	for _, program := range programs {
		if _, err := lookup(program); err != nil {
			return fmt.Errorf("program %s: %w", program, ErrMissing)
		}
	}
	return nil
}

// lookup also finds programs of administrators, whose folder is not in everybody's PATH.
func lookup(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/" + program)
}

// run calls a program that starts or stops a daemon. Its output goes to a file, because a daemon that inherits a pipe
// keeps it open for ever.
func run(ctx context.Context, log, program string, args ...string) error {
	path, err := lookup(program)
	if err != nil {
		return err
	}
	output, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer output.Close()
	command := exec.CommandContext(ctx, path, args...)
	command.Stdout, command.Stderr, command.WaitDelay = output, output, 10*time.Second
	if err := command.Run(); err != nil {
		return fmt.Errorf("run %s %s: %w\n%s", program, strings.Join(args, " "), err, tail(log))
	}
	return nil
}

// tail returns the end of a log for an error message.
func tail(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(content[max(0, len(content)-3000):])
}

// ports returns so many ports that were free a moment ago.
func ports(n int) ([]int, error) {
	var free []int
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // All are held until the last is found, so that none comes twice.
		free = append(free, listener.Addr().(*net.TCPAddr).Port)
	}
	return free, nil
}

// await returns when something on the port greets with a line that begins so.
func await(ctx context.Context, port int, greeting string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := greets(ctx, port, greeting)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for port %d: %w", port, err)
		}
	}
}

func greets(ctx context.Context, port int, greeting string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(line, greeting) {
		return fmt.Errorf("port greets with %q", line)
	}
	return nil
}

// folder makes a folder that daemons under other users may enter; t.TempDir's parents are closed to them.
func folder(kind string) (string, error) {
	dir, err := os.MkdirTemp("", kind)
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

func write(dir, name, content string, mode os.FileMode) error {
	return os.WriteFile(filepath.Join(dir, name), []byte(content), mode)
}

// skip ends a test whose part is missing; where CI is set nothing may be missing.
func skip(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	t.Fatal(err)
}
