package powercut

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// hexadecimal writes a text as strace -xx does.
func hexadecimal(text string) string {
	var out strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&out, `\x%02x`, c)
	}
	return out.String()
}

// line is a line of a trace in which 'text' stands for a string, and <path> for the path of a descriptor.
func line(text string) string {
	for _, marks := range []string{"''", "<>"} {
		var out strings.Builder
		for {
			before, rest, found := strings.Cut(text, marks[:1])
			inside, after, closed := strings.Cut(rest, marks[1:])
			if !found || !closed || strings.HasPrefix(inside, "unf") || strings.HasPrefix(inside, "det") || strings.HasPrefix(inside, "...") || strings.HasPrefix(inside, "0.") {
				out.WriteString(text)
				break
			}
			left, right := `"`, `"`
			if marks == "<>" {
				left, right = "<", ">"
			}
			out.WriteString(before + left + hexadecimal(inside) + right)
			text = after
		}
		text = out.String()
	}
	return text + "\n"
}

func parse(t *testing.T, lines ...string) ([]Op, error) {
	t.Helper()
	var trace strings.Builder
	for i, text := range lines {
		if !strings.HasPrefix(text, "7") {
			text = fmt.Sprintf("7 %d.000000001 %s", i, text)
		}
		trace.WriteString(line(text))
	}
	return Parse(strings.NewReader(trace.String()), "/数据")
}

func TestParse(t *testing.T) {
	for text, want := range map[string]*Op{
		"openat(AT_FDCWD</>, '/数据/a', O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = 3</数据/a> <0.5>":   {Kind: Open, Path: "a", Create: true},
		"openat(AT_FDCWD</>, '/数据/a', O_WRONLY|O_TRUNC) = 3</数据/a> <0.5>":                        {Kind: Open, Path: "a", Clear: true},
		"openat(AT_FDCWD</>, '/数据/a', O_RDONLY|O_CLOEXEC) = 3</数据/a> <0.5>":                      nil,
		"openat(AT_FDCWD</>, '/数据/a', O_RDWR|O_CREAT, 0600) = -1 ENOENT (No such file) <0.5>":    nil,
		"write(3</数据/a>, '合同', 6) = 3 <0.5>":                                                     {Kind: Write, Path: "a", Data: []byte("合"), Offset: Append},
		"write(3</数据/a>(deleted), 'x', 1) = 1 <0.5>":                                             nil,
		"write(3<socket:[17]>, 'x', 1) = 1 <0.5>":                                                nil,
		"write(3</elsewhere/a>, 'x', 1) = 1 <0.5>":                                               nil,
		"pwrite64(3</数据/b/c>, 'x', 1, 4096) = 1 <0.5>":                                           {Kind: Write, Path: "b/c", Data: []byte("x"), Offset: 4096},
		"ftruncate(3</数据/a>, 32768) = 0 <0.5>":                                                   {Kind: Truncate, Path: "a", Size: 32768},
		"fsync(3</数据>) = 0 <0.5>":                                                                {Kind: Sync, Path: "."},
		"fdatasync(3</数据/a>) = 0 <0.5>":                                                          {Kind: Sync, Path: "a", DataOnly: true},
		"lseek(3</数据/a>, 0, SEEK_SET) = 0 <0.5>":                                                 {Kind: Seek, Path: "a"},
		"fsync(3</数据/a>) = -1 EIO (Input/output error) (INJECTED) <0.5>":                         nil,
		"renameat(AT_FDCWD</数据/b>, 'x', AT_FDCWD</>, '/数据/y') = 0 <0.5>":                         {Kind: Rename, Path: "b/x", To: "y"},
		"unlinkat(4</数据/b>, 'x', 0) = 0 <0.5>":                                                   {Kind: Remove, Path: "b/x"},
		"mkdirat(AT_FDCWD</>, '数据/b', 0700) = 0 <0.5>":                                           {Kind: Mkdir, Path: "b"},
		"mkdirat(AT_FDCWD</>, '数据库', 0700) = 0 <0.5>":                                            nil,
		"bind(3<socket:[17]>, {sa_family=AF_UNIX, sun_path='/数据/s'}, 40) = 0 <0.5>":              {Kind: Socket, Path: "s"},
		"bind(3<socket:[17]>, {sa_family=AF_INET, sin_port=htons(0)}, 16) = 0 <0.5>":             nil,
		"mmap(NULL, 32768, PROT_READ, MAP_SHARED, 3</数据/a>, 0) = 0x7f0000000000 <0.5>":           nil,
		"mmap(NULL, 32768, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f <0.5>": nil,
		"+++ exited with 0 +++":                                                                  nil,
		"--- SIGURG {si_signo=SIGURG} ---":                                                       nil,
		"fsync(3</数据/a>) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)":                 nil,
	} {
		ops, err := parse(t, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if want == nil {
			if len(ops) != 0 {
				t.Errorf("%s: %+v", text, ops)
			}
			continue
		}
		want.Start, want.End = 1, 500_000_001
		if len(ops) != 1 || !reflect.DeepEqual(ops[0], *want) {
			t.Errorf("%s: %+v, want %+v", text, ops, *want)
		}
	}
}

// TestParseResumed joins the two halves of calls that other threads came between.
func TestParseResumed(t *testing.T) {
	ops, err := parse(t,
		"7 1.000000000 write(3</数据/a>, 'xy', 2 <unfinished ...>",
		"71 2.000000000 fsync(4</数据> <unfinished ...>",
		"7 3.000000000 <... write resumed>) = 2 <2.000000000>",
		"71 4.000000000 <... fsync resumed>) = 0 <2.500000000>")
	if err != nil || len(ops) != 2 {
		t.Fatalf("%+v, %v", ops, err)
	}
	if ops, err := parse(t, "7 1.000000000 mmap(NULL, 8392704, PROT_NONE, MAP_PRIVATE, -1, 0 <detached ...>"); err != nil || len(ops) > 0 {
		t.Errorf("left in the middle: %+v, %v", ops, err)
	}
	if ops[0].Start != 1e9 || ops[0].End != 3e9 || string(ops[0].Data) != "xy" || ops[1].Kind != Sync || ops[1].Start != 2e9 || ops[1].End != 45e8 {
		t.Errorf("%+v", ops)
	}
}

// TestParseRefuses what could be a write or a sync that the replay would miss.
func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"openat(AT_FDCWD</>, '/数据/a', O_RDWR|O_CREAT|O_SYNC, 0600) = 3</数据/a> <0.5>",
		"openat2(AT_FDCWD</>, '/数据/a', {flags=O_RDWR}, 24) = 3</数据/a> <0.5>",
		"write(3</数据/a>, 'x'..., 100) = 100 <0.5>",
		"write(3</数据/a>, 'x', 1) = 2 <0.5>",
		"write(3</数据/a>, \"x\", 1) = 1 <0.5>",
		"write(3</数据/a>, 'x', 1) = 1",
		"write(3</数据/a>, 'x', 1",
		"writev(3</数据/a>, [{iov_base='x', iov_len=1}], 1) = 1 <0.5>",
		"pwrite64(3</数据/a>, 'x', 1, -1) = 1 <0.5>",
		"fallocate(3</数据/a>, 0, 0, 4096) = 0 <0.5>",
		"truncate('/数据/a', 0) = 0 <0.5>",
		"copy_file_range(4</tmp/x>, NULL, 3</数据/a>, NULL, 10, 0) = 10 <0.5>",
		"linkat(AT_FDCWD</>, '/数据/a', AT_FDCWD</>, '/数据/b', 0) = 0 <0.5>",
		"symlinkat('/数据/a', AT_FDCWD</>, '/b') = 0 <0.5>",
		"renameat(AT_FDCWD</>, '/数据/a', AT_FDCWD</>, '/b') = 0 <0.5>",
		"renameat2(AT_FDCWD</>, '/数据/a', AT_FDCWD</>, '/数据/b', RENAME_EXCHANGE) = 0 <0.5>",
		"rename('a', '/数据/b') = 0 <0.5>",
		"mmap(NULL, 32768, PROT_READ|PROT_WRITE, MAP_SHARED, 3</数据/a>, 0) = 0x7f0000000000 <0.5>",
		"sync() = 0 <0.5>",
		"<... fsync resumed>) = 0 <0.5>",
		"fsync(3</数据/a> <unfinished ...>",
		"fsync(3</数据/a> <detached ...>",
		"fsync(3</数据/a>) = 0 <soon>",
		"7 x fsync(3</数据/a>) = 0 <0.5>",
		"7",
		"no trace",
	} {
		if ops, err := parse(t, text); err == nil {
			t.Errorf("%s: %+v", text, ops)
		} else if !strings.HasPrefix(err.Error(), "read trace") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestParseRecorded reads what strace wrote of a program that made, filled, synced and renamed a file.
func TestParseRecorded(t *testing.T) {
	trace, err := os.ReadFile(filepath.Join("testdata", "program.strace"))
	if err != nil {
		t.Fatal(err)
	}
	ops, err := Parse(bytes.NewReader(trace), "/r")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, op := range ops {
		kinds = append(kinds, string(op.Kind)+" "+op.Path)
	}
	want := "mkdir 甲|open put-1|write put-1|sync put-1|rename put-1|sync 甲|open spool-1|remove spool-1"
	if got := strings.Join(kinds, "|"); got != want {
		t.Errorf("read %s\nwant %s", got, want)
	}
	if left := after(t, ops, Cut{At: ops[5].End, Shape: Dropped, Model: Ordered}); left != "甲=/ 甲/x=hello\x00世" {
		t.Errorf("left: %q", left)
	}
}

func FuzzParse(f *testing.F) {
	trace, err := os.ReadFile(filepath.Join("testdata", "program.strace"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(trace)
	for text := range strings.SplitSeq(strings.TrimSpace(string(trace)), "\n") {
		f.Add([]byte(text))
	}
	f.Add([]byte(line("7 1.0 pwrite64(3</r/a>, 'x', 1, 9223372036854775807) = 1 <0.5>")))
	f.Fuzz(func(t *testing.T, trace []byte) {
		ops, err := Parse(bytes.NewReader(trace), "/r")
		if err != nil {
			return
		}
		for _, op := range ops {
			if op.End < op.Start || op.Path == "" || op.Offset < Append || op.Size < 0 {
				t.Errorf("%+v", op)
			}
		}
	})
}
