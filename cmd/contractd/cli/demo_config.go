package cli

import (
	"bytes"
	"context"
	_ "embed"
	"os"
	"path/filepath"
	"text/template"

	"contractd/signer/signtest"
)

const (
	demoOrganization = "organization"
	demoEmployee     = "employee"
)

//go:embed demo.toml.tmpl
var demoConfig string

// writeConfig writes the configuration, and the secrets: the same kind of files as in earnest.
func (w *demoWorld) writeConfig(context.Context) error {
	for name, text := range map[string]string{"mail.secret": demoPassword, "pin.secret": demoPIN} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text+"\n"), 0o600); err != nil {
			return err
		}
	}
	text, err := template.New("demo").Parse(demoConfig)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	err = text.Execute(&out, map[string]any{
		"Company": signtest.CompanyName, "Mail": demoIssuerMail, "IMAP": w.mail.IMAPS, "SMTP": w.mail.SMTPS,
		"Module": w.module, "TSA": w.tsaURL, "Organization": demoOrganization, "Employee": demoEmployee,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(w.config, out.Bytes(), 0o600)
}
