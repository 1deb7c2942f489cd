package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module = "contractd"
	root   = "../.."
)

// rooms is the table of design.md, section 2: who may import whom of ours. "x/*" is everything below x, and x itself.
var rooms = map[string][]string{
	"workflow":                      {},
	"workflow/post":                 {"workflow"}, // Not of the design: letters inside the change that causes them.
	"workflow/outbound":             {"workflow", "workflow/post"},
	"workflow/inbound":              {"workflow", "workflow/post"},
	"workflow/decide":               {"workflow", "workflow/post"},
	"workflow/keys":                 {"workflow"},
	"workflow/access":               {"workflow"}, // Not of the design: API keys.
	"workflow/schedule":             {"workflow", "workflow/post"},
	"workflow/appearances":          {"workflow"},                 // Not of the design: the named seals.
	"workflow/flowtest":             {"workflow/*", "store/bolt"}, // Not of the design: the stage on which the services are tested.
	"mailbox":                       {"workflow", "templates"},
	"mailbox/imap":                  {"workflow"},
	"mailbox/smtp":                  {"workflow"},
	"mailbox/mailserver":            {},
	"mailbox/mailserver/realserver": {}, // Not of the design: starts Dovecot and Postfix for tests.
	"signer":                        {"workflow", "signer/*"},
	"signer/pdf":                    {},
	"signer/font":                   {},
	"signer/look":                   {"signer/font", "signer/child", "signer/sandbox", "workflow"},
	"signer/cms":                    {},
	"signer/ses":                    {"signer/cms"},
	"signer/trust":                  {"signer/cms"},
	"signer/tsa":                    {"signer/cms", "signer/trust"},
	"signer/token":                  {"signer/child"},
	"signer/token/faulty":           {}, // Not of the design: a PKCS#11 module that fails when told to, for tests.
	"signer/token/sm2module":        {}, // Not of the design: a PKCS#11 module with a vendor's mechanism for SM2, for tests.
	"signer/softkey":                {},
	"signer/child":                  {},
	"signer/child/late":             {}, // Not of the design: a child that waits before it gets ready.
	"signer/sandbox":                {},
	"signer/place":                  {"workflow", "signer", "signer/pdf", "signer/render"}, // Not of the design: where marks shall stand.
	"signer/qr":                     {"signer/render"},                                     // Not of the design: QR codes on pages.
	"signer/worker":                 {"workflow", "signer", "signer/child", "signer/child/late", "signer/sandbox", "signer/verify", "signer/render", "signer/place", "signer/qr", "signer/trust", "signer/cms", "signer/pdf"},
	"signer/strength":               {"signer", "signer/cms", "signer/trust", "signer/tsa", "workflow"}, // Not of the design: from B-T to B-LTA.
	"signer/second":                 {"signer/child"},                                                   // Not of the design: the independent opinion of digitorus/pdfsign.
	"signer/verify":                 {"signer/pdf", "signer/cms", "signer/ses", "signer/tsa", "signer/trust", "signer/render", "signer/child", "workflow"},
	"signer/render":                 {},
	"signer/signtest":               {"signer/*"},
	"store/bolt":                    {"workflow"},
	"store/documents":               {},
	"store/check":                   {"workflow"},
	"store/backup":                  {"workflow"}, // Not of the design: the form of a backup.
	"store/space":                   {"workflow"}, // Not of the design: how much room the disks have.
	"store/space/spacetest":         {},           // Not of the design: small disks for tests.
	"store/storetest":               {"workflow/*", "store/check"},
	"store/powercut":                {}, // Not of the design: replays what a run did to its files, for tests.
	"templates":                     {"workflow"},
	"templates/contract":            {"workflow", "templates", "signer/font"},
	"cmd/contractd":                 {"cmd/contractd/cli"},
	"cmd/contractd/cli":             {"*"},
	"cmd/contractd/config":          {"workflow"},
	"cmd/contractd/api":             {"workflow/*"},
	"cmd/contractd/alive":           {},                                // Not of the design: signs of life for the service manager.
	"cmd/contractd/metrics":         {"workflow", "cmd/contractd/api"}, // Not of the design: what Prometheus reads.
	"cmd/contractd/console":         {"workflow/*", "cmd/contractd/api"},
}

// topLevel is all that may stand at the root of the repository.
var topLevel = []string{
	"cmd", "mailbox", "workflow", "signer", "store", "templates", "testdata", "go.mod", "go.sum", "config.example.toml",
	"README.md", "LICENSE", "CHANGELOG.md", "Makefile", "docs", "packaging", ".ci", ".gitignore",
}

// goPackage is what `go list -json` prints of a package.
type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// faults returns what the package imports against the table. Tests may wire rooms together, but the throwaway
// authority stays out of everything that ships: of tests, only external ones have it.
func (p goPackage) faults() []string {
	room := roomOf(p.ImportPath)
	allowed, known := rooms[room]
	if !known {
		return []string{room + " is no room of the design"}
	}
	var all []string
	for _, imported := range p.Imports {
		switch {
		case !isOurs(imported) && room == "workflow" && !isStandard(imported):
			all = append(all, room+" imports "+imported+", and the domain has the standard library only")
		case isOurs(imported) && !slices.ContainsFunc(allowed, covers(roomOf(imported))):
			all = append(all, room+" imports "+roomOf(imported))
		case roomOf(imported) == signtest && room != "cmd/contractd/cli":
			all = append(all, room+" ships "+signtest)
		}
	}
	if room != signtest && slices.Contains(p.TestImports, module+"/"+signtest) {
		all = append(all, room+" has "+signtest+" in a test that is not external")
	}
	return all
}

const signtest = "signer/signtest"

func roomOf(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func isOurs(importPath string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

// isStandard holds for paths whose first element has no dot, as the go command decides; "C" is none of them.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".") && first != "C"
}

func covers(room string) func(string) bool {
	return func(rule string) bool {
		below, all := strings.CutSuffix(rule, "*")
		return rule == room || all && strings.HasPrefix(room+"/", below)
	}
}

func TestRooms(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 3 {
		t.Fatalf("go list found only %d packages", len(packages))
	}
	for _, p := range packages {
		for _, fault := range p.faults() {
			t.Error(fault)
		}
		for _, element := range strings.Split(roomOf(p.ImportPath), "/") {
			if slices.Contains([]string{"", "internal", "pkg", "util", "utils", "common", "helpers"}, element) {
				t.Errorf("%s: a package of this name says nothing of what it answers for", p.ImportPath)
			}
		}
	}
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-buildvcs=false", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("read go list: %v", err)
		}
		all = append(all, p)
	}
}

// TestRulesFail shows that each rule refuses what it is for, and lets pass what it should.
func TestRulesFail(t *testing.T) {
	ours := func(rooms ...string) []string {
		for i := range rooms {
			rooms[i] = module + "/" + rooms[i]
		}
		return rooms
	}
	for name, tt := range map[string]struct {
		p    goPackage
		want int
	}{
		"domain with a module":         {goPackage{ImportPath: "contractd/workflow", Imports: []string{"errors", "golang.org/x/text"}}, 1},
		"domain with cgo":              {goPackage{ImportPath: "contractd/workflow", Imports: []string{"C"}}, 1},
		"domain with an adapter":       {goPackage{ImportPath: "contractd/workflow", Imports: ours("store/bolt")}, 1},
		"adapter with an adapter":      {goPackage{ImportPath: "contractd/mailbox/imap", Imports: ours("workflow", "mailbox/smtp")}, 1},
		"service with a service":       {goPackage{ImportPath: "contractd/workflow/decide", Imports: ours("workflow/outbound")}, 1},
		"anybody with the wiring":      {goPackage{ImportPath: "contractd/signer", Imports: ours("cmd/contractd/config")}, 1},
		"main with more than cli":      {goPackage{ImportPath: "contractd/cmd/contractd", Imports: ours("cmd/contractd/cli", "signer")}, 1},
		"signer ships the authority":   {goPackage{ImportPath: "contractd/signer", Imports: ours("signer/signtest")}, 1},
		"internal test has it":         {goPackage{ImportPath: "contractd/signer", TestImports: ours("signer/signtest")}, 1},
		"a package at the root":        {goPackage{ImportPath: "contractd"}, 1},
		"an unknown room":              {goPackage{ImportPath: "contractd/store/util"}, 1},
		"a similar name":               {goPackage{ImportPath: "contractd/cmd/contractd/api", Imports: ours("workflows")}, 1},
		"external test has it":         {goPackage{ImportPath: "contractd/signer", XTestImports: ours("signer/signtest")}, 0},
		"signer with what is below":    {goPackage{ImportPath: "contractd/signer", Imports: append(ours("signer/pdf", "signer/cms"), "io")}, 0},
		"cli with everything":          {goPackage{ImportPath: "contractd/cmd/contractd/cli", Imports: ours("signer/signtest", "store/bolt")}, 0},
		"api with the services":        {goPackage{ImportPath: "contractd/cmd/contractd/api", Imports: ours("workflow", "workflow/decide")}, 0},
		"authority with all of signer": {goPackage{ImportPath: "contractd/signer/signtest", Imports: ours("signer", "signer/pdf")}, 0},
	} {
		if got := tt.p.faults(); len(got) != tt.want {
			t.Errorf("%s: %q, want %d", name, got, tt.want)
		}
	}
}

func TestTopLevel(t *testing.T) {
	ignored, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		own := e.Name() == ".git" || strings.Contains("\n"+string(ignored), "\n/"+e.Name()+"/\n")
		if !own && !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s does not stand in the list of the top level", e.Name())
		}
	}
}
