package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"

	"contractd/signer/pdf"
)

// ended is how a command ended.
type ended struct {
	code           int
	stdout, stderr string
}

// command is one of contractd, in the folder of the exchange. It ends with the test.
func (x *exchange) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(x.Context(), x.hall.binary, args...)
	cmd.Dir, cmd.Env = x.dir, append(append(os.Environ(), "LANG=C.UTF-8"), x.environment...)
	return cmd
}

func (x *exchange) run(args ...string) ended {
	x.Helper()
	return x.finish(x.command(args...))
}

func (x *exchange) finish(cmd *exec.Cmd) ended {
	x.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		x.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// do runs a command that must succeed, and returns what it printed.
func (x *exchange) do(args ...string) string {
	x.Helper()
	done := x.run(args...)
	if done.code != 0 {
		x.Fatalf("%q ended with %d\n%s%s", args, done.code, done.stdout, done.stderr)
	}
	return done.stdout
}

// refused runs a command that must fail with that code, and say so in the form that people and scripts are promised:
// nothing on stdout, one error line that holds the text, one hint line.
func (x *exchange) refused(code int, text string, args ...string) ended {
	x.Helper()
	done := x.run(args...)
	x.wantRefusal(done, code, text, args)
	return done
}

func (x *exchange) wantRefusal(done ended, code int, text string, args []string) {
	x.Helper()
	lines := strings.Split(strings.TrimSuffix(done.stderr, "\n"), "\n")
	count := func(prefix string) int {
		return len(slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.HasPrefix(line, prefix) }))
	}
	switch {
	case done.code != code:
		x.Errorf("%q ended with %d, want %d\n%s", args, done.code, code, done.stderr)
	case done.stdout != "":
		x.Errorf("%q printed results although it failed: %q", args, done.stdout)
	case count("error: ") != 1 || count("hint: ") != 1 || len(lines) < 2 || !strings.HasPrefix(lines[len(lines)-2], "error: "):
		x.Errorf("%q: want one error line and then one hint line:\n%s", args, done.stderr)
	case !strings.Contains(lines[len(lines)-2], text):
		x.Errorf("%q: %q is not said:\n%s", args, text, done.stderr)
	}
}

// record runs a command with --json and reads what it prints.
func (x *exchange) record(into any, args ...string) {
	x.Helper()
	out := x.do(append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		x.Fatalf("%q: %v in %s", args, err, out)
	}
}

// register adds the supplier with both of its certificates.
func (x *exchange) register() {
	x.Helper()
	x.do("supplier", "add", supplierName, "--name", "深圳样例供应链有限公司", "--mail", supplierMail,
		"--certificate", "organization=supplier-org.pem", "--certificate", "employee=supplier-employee.pem")
}

// send sends a draft of its own as a contract of that number.
func (x *exchange) send(number string, flags ...string) string {
	x.Helper()
	x.write(number+".pdf", x.draftOf(number))
	return x.do(append([]string{"send", number + ".pdf", "--to", supplierName, "--number", number}, flags...)...)
}

// draftOf returns the draft with the contract's number in its title.
func (x *exchange) draftOf(number string) []byte {
	x.Helper()
	return x.titled(x.hall.draft, number)
}

// titled adds a revision with a title.
func (x *exchange) titled(file []byte, title string) []byte {
	x.Helper()
	opened, err := pdf.Open(x.Context(), bytes.NewReader(file), int64(len(file)), pdf.Limits{})
	check(x.T, err)
	update := pdf.NewUpdate(opened)
	info, ok := opened.Last().Trailer["Info"].(pdf.Ref)
	if !ok {
		x.Fatal("the draft has no information dictionary")
	}
	update.Set(info, pdf.Dict{"Title": pdf.String{Value: []byte(title)}})
	tail, err := update.Build()
	check(x.T, err)
	return append(bytes.Clone(file), tail.Bytes...)
}
