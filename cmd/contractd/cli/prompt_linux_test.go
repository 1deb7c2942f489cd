package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminalPair opens a pseudo-terminal: what a person sees and types at, and what the program reads.
func terminalPair(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { person.Close() }) // Nothing is kept in it.
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	kept = append(kept, program)
	return person, program
}

// kept holds the program's sides open to the end: a read that a prompt gave up restores the terminal behind its file
// descriptor whenever it ends, and that number must not be another test's terminal by then.
var kept []*os.File

func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// awaitSilence waits until the program has switched the echo off.
func awaitSilence(t *testing.T, terminal *os.File) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(time.Minute); echoes(t, terminal); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatal("the echo stays on")
		}
	}
}

func TestPromptDoesNotEcho(t *testing.T) {
	person, program := terminalPair(t)
	e := &env{stdin: program, stderr: io.Discard}
	done := make(chan string, 1)
	go func() {
		secret, err := e.prompter()(t.Context(), "PIN")
		done <- fmt.Sprint(secret, err)
	}()
	awaitSilence(t, program)
	if _, err := io.WriteString(person, "小山-123456\n"); err != nil {
		t.Fatal(err)
	}
	if got := <-done; got != "小山-123456<nil>" {
		t.Errorf("read %q", got)
	}
	if !echoes(t, program) {
		t.Error("the echo stays off")
	}
	if _, err := io.WriteString(program, "end"); err != nil {
		t.Fatal(err)
	}
	seen := make([]byte, 256)
	n, err := person.Read(seen)
	if err != nil || strings.Contains(string(seen[:n]), "123456") {
		t.Errorf("shown: %q, %v", seen[:n], err)
	}
}

func TestInterruptedPromptSwitchesEchoOn(t *testing.T) {
	person, program := terminalPair(t)
	e := &env{stdin: program, stderr: io.Discard}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := e.prompter()(ctx, "PIN")
		done <- err
	}()
	awaitSilence(t, program)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if !echoes(t, program) {
		t.Error("the echo stays off")
	}
	if _, err := io.WriteString(person, "\n"); err != nil { // Lets the abandoned read end.
		t.Fatal(err)
	}
}
