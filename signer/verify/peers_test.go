package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	pdfsignverify "github.com/digitorus/pdfsign/verify"

	"contractd/signer/verify"
	"contractd/workflow"
)

// peer is another verifier: accepts says whether it calls every signature of a file good, leaving trust aside.
type peer struct {
	name    string
	accepts func(t *testing.T, path string) bool
}

// peers are pdfsig, mutool and pdfsign. The first two end with 0 whatever they found: what they print counts.
var peers = []peer{
	{"pdfsig", func(t *testing.T, path string) bool {
		said := run(t, "pdfsig", "-nocert", path)
		return all(said, "Signature Validation: ", "Signature Validation: Signature is Valid.")
	}},
	{"mutool", func(t *testing.T, path string) bool {
		said := run(t, "mutool", "sign", "-v", path)
		return all(said, "Verifying signature ", "The document is unchanged since signing.")
	}},
	{"pdfsign", func(t *testing.T, path string) bool { return pdfsignAccepts(t, path) }},
}

// all reports whether there is something, and each is good.
func all(said, each, good string) bool {
	n := strings.Count(said, each)
	return n > 0 && strings.Count(said, good) == n
}

func run(t *testing.T, command ...string) string {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	said, _ := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput() // A file that it cannot read is a refusal.
	return string(said)
}

func pdfsignAccepts(t *testing.T, path string) (good bool) {
	defer func() {
		if recover() != nil {
			good = false // It gave no answer.
		}
	}()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	options := pdfsignverify.DefaultVerifyOptions()
	options.AllowUntrustedRoots, options.ValidateTimestampCertificates = true, false
	response, err := pdfsignverify.VerifyWithOptions(bytes.NewReader(data), int64(len(data)), options)
	if err != nil || len(response.Signers) == 0 {
		return false
	}
	for _, signer := range response.Signers {
		if !signer.ValidSignature {
			return false
		}
	}
	return true
}

// tally counts what one verifier accepts of each kind of file.
type tally map[string]int

// TestPeers prints who accepts what of the corpus, side by side, and holds us to the limits that nobody else keeps: no tampered file
// passes in either lane, and at most 5 of 100 honest ones do not.
func TestPeers(t *testing.T) {
	cases := readCorpus(t)
	for _, tool := range []string{"pdfsig", "mutool"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") != "" {
			t.Fatalf("%s is missing", tool)
		} else if err != nil {
			t.Skipf("%s is missing", tool)
		}
	}
	files, accepted := tally{}, map[string]tally{}
	count := func(who, expected string, good bool) {
		if accepted[who] == nil {
			accepted[who] = tally{}
		}
		if good {
			accepted[who][expected]++
		}
	}
	for _, c := range cases {
		files[c.expected]++
		for _, p := range peers {
			count(p.name, c.expected, p.accepts(t, filepath.Join(corpusRoot, c.file)))
		}
		general, contract := bothLanes(t, c)
		count("contractd", c.expected, general)
		count("contractd, knowing what was sent", c.expected, contract)
	}
	t.Logf("accepted, of each kind of file:\n%s", table(files, accepted))
	ours, knowing := accepted["contractd"], accepted["contractd, knowing what was sent"]
	if ours["INVALID"]+knowing["INVALID"]+knowing["CONTRACT-INVALID"]+ours["INDETERMINATE"] > 0 {
		t.Error("something passes that must not")
	}
	if refused := files["VALID"] - ours["VALID"]; refused > len(refusals) || 100*refused > 5*files["VALID"] {
		t.Errorf("%d of %d honest files are refused; %d have a reason", refused, files["VALID"], len(refusals))
	}
}

// bothLanes judges by the file alone, and against its own first signed revision.
func bothLanes(t *testing.T, c corpusCase) (general, contract bool) {
	data, err := os.ReadFile(filepath.Join(corpusRoot, c.file))
	if err != nil {
		t.Fatal(err)
	}
	o := corpusOptions(t, c)
	for _, lane := range []struct {
		into *bool
		o    verify.Options
	}{{&general, o}, {&contract, withFirstRevision(t, o, data)}} {
		v, err := verify.Verify(t.Context(), document(data), lane.o)
		if err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		*lane.into = integrity(c, v) == workflow.Passed
	}
	return general, contract
}

func table(files tally, accepted map[string]tally) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	kinds := []string{"VALID", "INVALID", "CONTRACT-INVALID", "INDETERMINATE"}
	fmt.Fprintf(w, "\t%s\t\n", strings.Join(kinds, "\t"))
	row := func(name string, of tally) {
		fmt.Fprintf(w, "%s\t", name)
		for _, kind := range kinds {
			fmt.Fprintf(w, "%d\t", of[kind])
		}
		fmt.Fprintln(w)
	}
	row("files", files)
	for _, p := range append(peers, peer{name: "contractd"}, peer{name: "contractd, knowing what was sent"}) {
		row(p.name, accepted[p.name])
	}
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return out.String()
}
