package powercut

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Options make strace write what Parse reads; `-o FILE` and the command follow.
func Options() []string {
	return []string{
		"-D", // The command keeps its parent and its process number.
		"-f", "-qqq", "-a", "1", "--seccomp-bpf", "-y", "-xx", "-s", strconv.Itoa(maxData),
		"--absolute-timestamps=format:unix,precision:ns", "--syscall-times=ns",
		"-e", "signal=none", "-e", "trace=" + Syscalls,
	}
}

// Syscalls are those that can change a file or make it durable. A question mark is for machines that lack one.
const Syscalls = "?open,openat,openat2,?creat,write,pwrite64,writev,pwritev,pwritev2,truncate,ftruncate,fallocate,fsync,fdatasync," +
	"sync,syncfs,?rename,renameat,renameat2,?link,linkat,?symlink,symlinkat,?unlink,unlinkat,?mkdir,mkdirat,?rmdir,?mknod,mknodat," +
	"copy_file_range,sendfile,splice,lseek,mmap,bind"

const (
	maxData = 1 << 20     // Bytes of one write; strace takes memory for as many, and Parse refuses what it cuts short.
	maxLine = 5 * maxData // Each byte takes four characters.
	maxOps  = 1 << 20
)

// parser knows what a trace said so far.
type parser struct {
	root       string
	escaped    string            // The root as it stands in a line.
	unfinished map[string]string // By process: the beginning of a call, with its time.
	ops        []Op
}

// Parse reads the trace of one run: what it did below the folder root, whose path has no symbolic links. An error names the
// line that it does not understand.
func Parse(r io.Reader, root string) ([]Op, error) {
	p := parser{root: path.Clean(root), unfinished: map[string]string{}}
	for _, c := range []byte(p.root) {
		p.escaped += fmt.Sprintf(`\x%02x`, c)
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	for n := 1; lines.Scan(); n++ {
		if err := p.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("read trace, line %d, %.120q: %w", n, lines.Text(), err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read trace: %w", err)
	}
	for process, text := range p.unfinished {
		if strings.Contains(text, p.escaped) {
			return nil, fmt.Errorf("read trace: process %s ended within %.120q", process, text)
		}
	}
	return p.ops, nil
}

// line reads "PROCESS SECONDS EVENT".
func (p *parser) line(text string) error {
	process, rest, found := strings.Cut(strings.TrimLeft(text, " "), " ")
	stamp, event, also := strings.Cut(strings.TrimLeft(rest, " "), " ")
	if _, err := strconv.ParseUint(process, 10, 32); err != nil || !found || !also {
		return errors.New("it does not begin with a process and a time")
	}
	if strings.HasPrefix(event, "+++ ") || strings.HasPrefix(event, "--- ") { // Ends and signals change no file.
		return nil
	}
	if begun, cut := strings.CutSuffix(event, " <detached ...>"); cut {
		return p.left(begun)
	}
	if begun, cut := strings.CutSuffix(event, " <unfinished ...>"); cut && !strings.HasPrefix(event, "<... ") {
		p.unfinished[process] = stamp + " " + begun
		return nil
	}
	if strings.HasPrefix(event, "<... ") {
		begun, known := p.unfinished[process]
		_, ending, resumed := strings.Cut(event, " resumed>")
		if !known || !resumed {
			return errors.New("it resumes what was not begun")
		}
		delete(p.unfinished, process)
		stamp, event, _ = strings.Cut(begun+ending, " ")
	}
	return p.event(stamp, event)
}

// left is a call that strace did not see the end of, because it was stopped itself. Nothing is known of what it did, so it must
// not have been about the root. Promises that the program gave after it will be found broken.
func (p *parser) left(begun string) error {
	if strings.Contains(begun, p.escaped) {
		return errors.New("strace left in the middle of it")
	}
	return nil
}

// event reads one whole call. Most concern nothing below the root and need not be understood.
func (p *parser) event(stamp, text string) error {
	if !p.mayConcern(text) {
		return nil
	}
	start, err := parseSeconds(stamp)
	if err != nil {
		return err
	}
	c, err := parseCall(start, text)
	if err != nil {
		return err
	}
	if c.failed {
		return nil
	}
	op, err := p.meaning(c)
	if err != nil || op == nil {
		return err
	}
	if len(p.ops) == maxOps {
		return errors.New("too many operations")
	}
	op.Start, op.End = c.start, c.end
	p.ops = append(p.ops, *op)
	return nil
}

// mayConcern passes over what is written to sockets and files elsewhere: most of a trace.
func (p *parser) mayConcern(text string) bool {
	name, _, _ := strings.Cut(text, "(")
	return name != "write" && name != "writev" && name != "pwrite64" || strings.Contains(text, p.escaped)
}

// below returns a path relative to the root.
func (p *parser) below(name string) (string, bool) {
	name = path.Clean(name)
	if name == p.root {
		return ".", true
	}
	return strings.CutPrefix(name, p.root+"/")
}
