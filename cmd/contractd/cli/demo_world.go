package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"contractd/mailbox/mailserver"
	"contractd/signer/signtest"
	"contractd/templates/contract"
	"contractd/workflow"
)

const (
	demoSupplier     = workflow.SupplierID("yangli")
	demoSupplierMail = "hetong@supplier.example"
	demoIssuerMail   = "contracts@company.example"
	demoPassword     = "demo-only"
	demoPIN          = "Demo-1234"
)

// demoWorld is everything outside of contractd that the demo needs, made for this run alone.
type demoWorld struct {
	dir    string
	config string
	ca     *signtest.CA
	mail   *mailserver.Server
	tsa    *http.Server
	tsaURL string
	module string // The PKCS#11 library of the tokens.

	theirOrganization *signtest.Identity
	theirEmployee     *signtest.Identity
}

func newDemoWorld(ctx context.Context, dir string) (_ *demoWorld, err error) {
	w := &demoWorld{dir: dir, config: filepath.Join(dir, "contractd.toml")}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	for _, step := range []func(context.Context) error{w.makeCA, w.startTSA, w.startMail, w.makeToken, w.writeConfig} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Close ends the servers; the folder stays.
func (w *demoWorld) Close() error {
	var failures []error
	if w.tsa != nil {
		failures = append(failures, w.tsa.Close())
	}
	if w.mail != nil {
		failures = append(failures, w.mail.Close())
	}
	return errors.Join(failures...)
}

func (w *demoWorld) makeCA(context.Context) (err error) {
	if w.ca, err = signtest.NewCA(signtest.CAOptions{Name: "演示 CA (demo, not trusted by anybody)"}); err != nil {
		return fmt.Errorf("make the demo's CA: %w", err)
	}
	company := signtest.Person{Organization: signtest.SupplierName, CreditCode: signtest.SupplierCode, Key: signtest.RSA2048}
	if w.theirOrganization, err = w.ca.Issue(company); err != nil {
		return fmt.Errorf("make the supplier's certificate: %w", err)
	}
	company.Name = "李四"
	if w.theirEmployee, err = w.ca.Issue(company); err != nil {
		return fmt.Errorf("make the supplier's certificate: %w", err)
	}
	return w.ca.WriteRoot(filepath.Join(w.dir, "root.pem"))
}

func (w *demoWorld) startTSA(context.Context) error {
	authority, err := signtest.NewTSA(w.ca, signtest.P256, nil)
	if err != nil {
		return fmt.Errorf("make the timestamp authority: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start the timestamp authority: %w", err)
	}
	w.tsa = &http.Server{Handler: authority, ReadHeaderTimeout: 10 * time.Second}
	w.tsaURL = "http://" + listener.Addr().String()
	go w.tsa.Serve(listener) // Ends with http.ErrServerClosed, by Close.
	return nil
}

func (w *demoWorld) startMail(ctx context.Context) (err error) {
	// The servers outlive the context of the play, so that the daemon can drain.
	w.mail, err = mailserver.Start(context.WithoutCancel(ctx), mailserver.Options{Users: []mailserver.User{
		{Address: demoIssuerMail, Password: demoPassword}, {Address: demoSupplierMail, Password: demoPassword},
	}})
	if err != nil {
		return fmt.Errorf("start the mail servers: %w", err)
	}
	return os.WriteFile(filepath.Join(w.dir, "mail-ca.pem"), w.mail.CertificatePEM(), 0o600)
}

// supplier is how the counterparty is registered: by organisation and 统一社会信用代码, for both roles.
func (w *demoWorld) supplier() workflow.Supplier {
	return workflow.Supplier{
		ID: demoSupplier, Name: signtest.SupplierName, Language: workflow.Chinese, Addresses: []string{demoSupplierMail},
		Required: []workflow.Role{workflow.RoleOrganization, workflow.RoleEmployee},
		Signers: []workflow.Signer{
			{Role: workflow.RoleOrganization, Organization: signtest.SupplierName, Keys: []workflow.Hash{sha256.Sum256(w.theirOrganization.Certificate.RawSubjectPublicKeyInfo)}},
			{Role: workflow.RoleEmployee, Organization: signtest.SupplierName, Keys: []workflow.Hash{sha256.Sum256(w.theirEmployee.Certificate.RawSubjectPublicKeyInfo)}},
		},
	}
}

// draft makes a contract from the embedded template, with a QR code.
func (w *demoWorld) draft(ctx context.Context, number, title string) (*os.File, error) {
	data, err := contract.Example(number, title)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(w.dir, number+"-draft.pdf")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	code := sha256.Sum256([]byte(number + title))
	err = contract.Render(ctx, file, data, contract.Options{Code: fmt.Sprintf("%x", code[:6]), Created: time.Now()})
	if err == nil {
		_, err = file.Seek(0, 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make contract %s from its template: %w", number, err), file.Close())
	}
	return file, nil
}
