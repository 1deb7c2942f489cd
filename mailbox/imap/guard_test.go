package imap

import (
	"bytes"
	"strings"
	"testing"
)

func TestGuardChangesNothingButListsOfCapabilities(t *testing.T) {
	for in, want := range map[string]string{
		"* OK [CAPABILITY (IMAP4rev1] ready\r\n":                           "* OK [CAPABILITY .IMAP4rev1] ready\r\n",
		"* capability IMAP4rev1 ((\r\n* 1 FETCH (UID 1)\r\n":               "* capability IMAP4rev1 ..\r\n* 1 FETCH (UID 1)\r\n",
		"* 1 FETCH (BODY[] {16}\r\n* CAPABILITY (x\n)\r\n* LIST ()\r\n":    "* 1 FETCH (BODY[] {16}\r\n* CAPABILITY (x\n)\r\n* LIST ()\r\n",
		"* 1 FETCH (BODY[] {3+}\nCAPABILITY (\r\n* CAPABILITY (":           "* 1 FETCH (BODY[] {3+}\nCAPABILITY (\r\n* CAPABILITY .",
		"* CAPABILITY {2}\r\n(( (\r\n":                                     "* CAPABILITY {2}\r\n(( .\r\n",
		strings.Repeat("x", 100) + "{3}\r\n(((\r\n* CAPABILITY (\r\n(\r\n": strings.Repeat("x", 100) + "{3}\r\n(((\r\n* CAPABILITY .\r\n(\r\n",
	} {
		for chunk := 1; chunk < 40; chunk++ {
			g := guard{maxLiteral: minLiteral}
			got := []byte(in)
			for at := 0; at < len(got); at += chunk {
				if err := g.inspect(got[at:min(at+chunk, len(got))]); err != nil {
					t.Fatal(err)
				}
			}
			if string(got) != want {
				t.Fatalf("chunks of %d: got %q, want %q", chunk, got, want)
			}
		}
	}
}

func TestGuardEndsWhatHasNoEnd(t *testing.T) {
	for _, in := range []string{strings.Repeat("x", maxLine+1), "* 1 FETCH (BODY[] {99999999999}\r\n"} {
		g := guard{maxLiteral: minLiteral}
		if err := g.inspect([]byte(in)); err == nil {
			t.Errorf("%.40q passes", in)
		}
	}
}

func FuzzGuard(f *testing.F) {
	f.Add([]byte("* OK [CAPABILITY (IMAP4rev1] ready\r\n"), 3)
	f.Add([]byte("* 1 FETCH (BODY[] {16}\r\n* CAPABILITY (x\n)\r\n"), 5)
	f.Fuzz(func(t *testing.T, in []byte, chunk int) {
		whole, pieces := guard{maxLiteral: minLiteral}, guard{maxLiteral: minLiteral}
		a, b := bytes.Clone(in), bytes.Clone(in)
		failed := whole.inspect(a) != nil
		chunk = max(1, chunk&31)
		for at := 0; at < len(b); at += chunk {
			if pieces.inspect(b[at:min(at+chunk, len(b))]) != nil {
				if !failed {
					t.Error("pieces fail, the whole does not")
				}
				return
			}
		}
		if failed || !bytes.Equal(a, b) {
			t.Errorf("whole %q (failed %v), in pieces %q", a, failed, b)
		}
		for n := range in {
			if a[n] != in[n] && (in[n] != '(' || a[n] != '.') {
				t.Errorf("byte %d became %q", n, a[n])
			}
		}
	})
}
