package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/cmd/contractd/config"
	"contractd/workflow"
)

// doorKeys writes a certificate for contracts.example and its key, and returns the certificate.
func doorKeys(t *testing.T) (settings config.API, certificate *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"contracts.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	settings = config.API{Listen: "127.0.0.1:0", Certificate: filepath.Join(folder, "c.pem"), Key: filepath.Join(folder, "k.pem")}
	for file, block := range map[string]*pem.Block{settings.Certificate: {Type: "CERTIFICATE", Bytes: der}, settings.Key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return settings, certificate
}

func TestPublicDoorWithTLS(t *testing.T) {
	settings, certificate := doorKeys(t)
	door, err := openPublic(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	answers := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := api.NewServer(api.Public(answers, door.ours), slog.New(slog.DiscardHandler))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(door) }()
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, door.Addr().String())
		},
	}}
	for host, want := range map[string]int{"contracts.example": http.StatusNoContent, "evil.example": http.StatusBadRequest} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://contracts.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.StatusCode != want {
			t.Errorf("host %s: %s", host, response.Status)
		}
	}
	// In the clear it says nothing of itself.
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", door.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /v1/version HTTP/1.1\r\nHost: contracts.example\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if said, _ := io.ReadAll(conn); strings.Contains(string(said), " 204 ") { // It may be cut off, too.
		t.Errorf("answered in the clear: %s", said)
	}
	if err := errors.Join(conn.Close(), server.Close()); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

func TestPublicDoorStaysShut(t *testing.T) {
	settings, _ := doorKeys(t)
	if err := os.Chmod(settings.Key, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := openPublic(t.Context(), settings); !errors.Is(err, workflow.ErrPolicy) || !strings.Contains(workflow.HintOf(err), "chmod 600") {
		t.Errorf("a key that others read: %v", err)
	}
	if err := os.Chmod(settings.Key, 0o600); err != nil {
		t.Fatal(err)
	}
	swapped := config.API{Listen: settings.Listen, Certificate: settings.Key, Key: settings.Key}
	if _, err := openPublic(t.Context(), swapped); !errors.Is(err, workflow.ErrUsage) || workflow.HintOf(err) == "" {
		t.Errorf("no certificate: %v", err)
	}
	if door, err := openPublic(t.Context(), config.API{}); door != nil || err != nil {
		t.Errorf("nowhere: %v, %v", door, err)
	}
	taken, err := openPublic(t.Context(), config.API{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := taken.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := openPublic(t.Context(), config.API{Listen: taken.Addr().String()}); err == nil || workflow.HintOf(err) == "" {
		t.Errorf("a taken port: %v", err)
	}
	for host, want := range map[string]bool{"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "0.0.0.0": false, "example.com": false, "": false} {
		if taken.ours(host) != want {
			t.Errorf("host %q: %v", host, !want)
		}
	}
}

// TestSocketIsForItsOwnerAndGroup looks at the socket's rights, and at what stands where it should.
func TestSocketIsForItsOwnerAndGroup(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for name, cfg := range map[string]*config.Config{
		"data folder": {DataDir: t.TempDir()}, "elsewhere": {DataDir: t.TempDir(), Socket: filepath.Join(t.TempDir(), "s")},
	} {
		for range 2 { // The second time over one that was left behind.
			listener, err := listen(cfg, log)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			listener.(*net.UnixListener).SetUnlinkOnClose(false)
			if info, err := os.Stat(socketPath(cfg)); err != nil || info.Mode().Perm() != 0o660 || info.Mode()&os.ModeSocket == 0 {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
			if err := listener.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "s")
	if err := os.WriteFile(file, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listen(&config.Config{DataDir: folder, Socket: file}, log); !errors.Is(err, workflow.ErrUsage) {
		t.Errorf("over a file: %v", err)
	}
	if kept, err := os.ReadFile(file); err != nil || string(kept) != "keep" {
		t.Errorf("the file: %q, %v", kept, err)
	}
	if _, err := listen(&config.Config{DataDir: folder, Socket: filepath.Join(folder, strings.Repeat("x", 120))}, log); !errors.Is(err, workflow.ErrUsage) {
		t.Errorf("a long path: %v", err)
	}
}
