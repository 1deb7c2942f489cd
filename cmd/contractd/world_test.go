package main_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"contractd/mailbox/mailserver"
	testca "contractd/signer/signtest"
)

// world is what the scripts share: certificate authorities, timestamp authorities and a mail server.
type world struct {
	files map[string][]byte // Of every script's folder; what begins with a dot is not there.
	env   map[string]string
}

const (
	pin     = "小山-123456" // PINs may hold any character.
	account = "contracts@example.com"
)

func newWorld(t *testing.T) *world {
	w := &world{files: map[string][]byte{}, env: map[string]string{}}
	ca, err := testca.NewCA(testca.CAOptions{Name: "脚本测试根"})
	check(t, err)
	w.keys(t, ca)
	w.authorities(t, ca)
	w.lasting(t)
	w.mailServer(t)
	w.files["seal.png"], w.files["black.png"] = sealPNG(t), blackPNG(t)
	for from, to := range map[string]string{"libreoffice": "plain", "fpdf": "other", "form-direct": "form"} {
		w.files[to+".pdf"], err = os.ReadFile(filepath.Join(root, "testdata/pdf", from+".pdf"))
		check(t, err)
	}
	return w
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// keys makes the key files: ours, an expired one, and one of strangers.
func (w *world) keys(t *testing.T, ca *testca.CA) {
	strangers, err := testca.NewCA(testca.CAOptions{Name: "陌生根"})
	check(t, err)
	company := testca.Person{Organization: testca.CompanyName, CreditCode: testca.CompanyCode, Key: testca.RSA2048}
	for name, issue := range map[string]func() (*testca.Identity, error){
		"org":      func() (*testca.Identity, error) { return ca.Issue(company) },
		"employee": func() (*testca.Identity, error) { return ca.Employee(testca.P256) },
		"expired": func() (*testca.Identity, error) {
			return ca.Issue(testca.Person{Organization: testca.CompanyName, Shape: testca.Expired})
		},
		"supplier": func() (*testca.Identity, error) {
			return ca.Issue(testca.Person{Organization: testca.SupplierName, CreditCode: testca.SupplierCode})
		},
		"stranger": func() (*testca.Identity, error) { return strangers.Organization(testca.P256) },
	} {
		identity, err := issue()
		check(t, err)
		folder := t.TempDir()
		check(t, identity.WritePEM(filepath.Join(folder, "pem")))
		check(t, identity.WritePKCS12(filepath.Join(folder, "p12"), pin))
		for _, kind := range []string{"pem", "p12"} {
			w.files[name+"."+kind], err = os.ReadFile(filepath.Join(folder, kind))
			check(t, err)
		}
	}
	begin := []byte("-----BEGIN CERTIFICATE")
	key, _, _ := bytes.Cut(w.files["employee.pem"], begin)
	_, certificates, _ := bytes.Cut(w.files["org.pem"], begin)
	w.files["bare.pem"], w.files["mixed.pem"] = bytes.Clone(key), slices.Concat(key, begin, certificates)
	file := filepath.Join(t.TempDir(), "root.pem")
	check(t, ca.WriteRoot(file))
	w.files["root.pem"], err = os.ReadFile(file)
	check(t, err)
	w.files["pin"], w.files["wrong.pin"] = []byte(pin+"\n"), []byte("654321\n")
}

// authorities starts a timestamp authority that works and one that does not, and finds an address where nobody answers.
func (w *world) authorities(t *testing.T, ca *testca.CA) {
	for name, fault := range map[string]testca.Fault{
		"TSA": testca.None, "TSA_BROKEN": testca.Down, "TSA_FORGED": testca.WrongImprint, "TSA_SLOW": testca.Slow,
	} {
		authority, err := testca.NewTSA(ca, testca.P256, nil)
		check(t, err)
		authority.Fail(fault)
		server := httptest.NewServer(authority)
		t.Cleanup(server.Close)
		w.env[name] = server.URL
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	w.env["TSA_DOWN"] = "http://" + closed.Addr().String()
	check(t, closed.Close())
}

func (w *world) mailServer(t *testing.T) {
	server, err := mailserver.Start(t.Context(), mailserver.Options{Users: []mailserver.User{{Address: account, Password: pin}}})
	check(t, err)
	t.Cleanup(func() { check(t, server.Close()) })
	w.env["IMAP_PORT"], w.env["SMTP_PORT"] = fmt.Sprint(server.IMAP.Port), fmt.Sprint(server.SMTP.Port)
}

// sealPNG draws a red ring with a transparent ground.
func sealPNG(t testing.TB) []byte {
	picture := image.NewNRGBA(image.Rect(0, 0, 120, 120))
	for y := range 120 {
		for x := range 120 {
			if r := (x-60)*(x-60) + (y-60)*(y-60); r < 58*58 && r > 52*52 {
				picture.Set(x, y, color.NRGBA{R: 220, A: 255})
			}
		}
	}
	var out bytes.Buffer
	check(t, png.Encode(&out, picture))
	return out.Bytes()
}

// blackPNG is a picture that hides what is below it.
func blackPNG(t testing.TB) []byte {
	picture := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for at := range picture.Pix {
		picture.Pix[at] = byte(at % 4 / 3 * 255) // The fourth of each is opacity.
	}
	var out bytes.Buffer
	check(t, png.Encode(&out, picture))
	return out.Bytes()
}

// settle fills a script's folder. Secrets and keys are for their owner alone. Configurations come last: a script may hold
// others of its own, in which $NAME stands for the values of the world.
func (w *world) settle(env *testscript.Env) error {
	for name, value := range w.env {
		env.Setenv(name, value)
	}
	env.Setenv("LANG", "C.UTF-8")
	env.Setenv("MODULE", softHSM())
	fixtures, err := filepath.Abs("../../testdata/pdf")
	if err != nil {
		return err
	}
	env.Setenv("FIXTURES", fixtures)
	for name, content := range w.files {
		if err := os.WriteFile(filepath.Join(env.WorkDir, name), content, 0o600); err != nil {
			return err
		}
	}
	return filepath.WalkDir(env.WorkDir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".toml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, []byte(os.Expand(string(text), env.Getenv)), 0o600)
	})
}

// softHSM returns the PKCS#11 module of SoftHSM2, empty where it is not installed.
func softHSM() string {
	for _, path := range []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// newToken LABEL PIN makes an empty SoftHSM2 token in the script's folder.
func newToken(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: newtoken LABEL PIN")
	}
	folder := ts.MkAbs("tokens")
	ts.Check(os.MkdirAll(folder, 0o700))
	conf := filepath.Join(folder, "softhsm2.conf")
	ts.Check(os.WriteFile(conf, []byte("directories.tokendir = "+folder+"\nobjectstore.backend = file\n"), 0o600))
	ts.Setenv("SOFTHSM2_CONF", conf)
	cmd := exec.Command("softhsm2-util", "--init-token", "--free", "--label", args[0], "--pin", args[1], "--so-pin", "12345678")
	cmd.Env = append(os.Environ(), "SOFTHSM2_CONF="+conf)
	if out, err := cmd.CombinedOutput(); err != nil {
		ts.Fatalf("softhsm2-util: %v: %s", err, strings.TrimSpace(string(out)))
	}
}
