package verify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"contractd/signer/signtest"
	"contractd/workflow"
)

// elsewhere are the reasons that need more than a file and are made by other tests.
var elsewhere = map[workflow.Reason]string{
	workflow.ReasonNewMark:    "TestNewMark",                                         // Needs pictures that are pinned.
	workflow.ReasonSuperseded: "TestAReturnOfAReplacedVersionBringsTheOneThatCounts", // Needs to know of the other version.
	workflow.ReasonAmbiguous:  "TestRungsThatDisagreeGoToReview",                     // Needs two contracts.
	workflow.ReasonSeparate:   "TestTwoCopiesOfOneRoleEach",                          // Needs two files.
	workflow.ReasonScanned:    "TestAScanIsTold",                                     // Of the message, not of a signature.
}

// everySample is all that signtest makes for a verifier.
func everySample(t *testing.T) []signtest.Sample {
	t.Helper()
	lab := newLab(t)
	var all []signtest.Sample
	for _, make := range []func() ([]signtest.Sample, error){lab.Honest, lab.Attacks, lab.Looks} {
		samples, err := make()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, samples...)
	}
	past, err := lab.Past()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range past {
		all = append(all, one.Sample)
	}
	return all
}

// TestEveryReasonIsMade wants an attack, or an honest return that is doubted, for each reason that there is.
func TestEveryReasonIsMade(t *testing.T) {
	samples := everySample(t)
	for _, reason := range workflow.Reasons {
		made := slices.ContainsFunc(samples, func(s signtest.Sample) bool { return s.Reason == string(reason) })
		if name, ok := elsewhere[reason]; ok {
			if !isTest(t, name) {
				t.Errorf("%s: there is no test %s", reason, name)
			}
			continue
		}
		if !made {
			t.Errorf("no sample is refused for %s", reason)
		}
	}
}

// isTest reports whether a test of that name stands anywhere in the module.
func isTest(t *testing.T, name string) bool {
	t.Helper()
	return slices.Contains(everyTest(t), name)
}

var testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|play)\w+)\(`)

func everyTest(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir("../..", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		for _, found := range testFunction.FindAllSubmatch(data, -1) {
			names = append(names, string(found[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestPointsAreCovered reads the table of docs/verification.md: each of the 21 points has tests or samples, and all of them are there.
func TestPointsAreCovered(t *testing.T) {
	data, err := os.ReadFile("../../docs/verification.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(data), "## The points and their tests\n")
	if !ok {
		t.Fatal("docs/verification.md has no table of the points")
	}
	known := everyTest(t)
	for _, sample := range everySample(t) {
		known = append(known, sample.Name, strings.TrimPrefix(sample.Name, sample.Reason+"--"))
	}
	names := regexp.MustCompile("`([^`]+)`")
	for point := 1; point <= 21; point++ {
		row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %d \|(.*)$`, point)).FindStringSubmatch(table)
		if row == nil {
			t.Errorf("point %d has no row", point)
			continue
		}
		found := names.FindAllStringSubmatch(row[1], -1)
		if len(found) < 2 {
			t.Errorf("point %d names %d tests", point, len(found))
		}
		for _, name := range found {
			if !slices.Contains(known, name[1]) {
				t.Errorf("point %d: neither a sample nor a test is called %s", point, name[1])
			}
		}
	}
}
