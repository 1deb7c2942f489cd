package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/signer/token"
	"contractd/signer/trust"
	"contractd/workflow"
)

// renewal is how long before its end a certificate is warned about: authorities take days, and an office may be closed.
const renewal = 30 * 24 * time.Hour

// checkKey opens a key as the daemon would: its PIN is tried once, through the guard that remembers a refusal.
// A key file does not count tries, so that it is opened without the store too.
func (x *examination) checkKey(ctx context.Context, settings config.Key) {
	check := "key " + settings.Name
	if x.house == nil && settings.Kind == config.KindPKCS11 {
		x.checkToken(ctx, check, settings)
		return
	}
	ring := newKeyring(x.cfg, unguarded{}, x.env.prompter())
	if x.house != nil {
		ring = x.house.ring
	}
	held, err := ring.key(ctx, settings.Name)
	if err != nil {
		x.fail(check, err)
		return
	}
	x.checkCertificate(check, pinSource(settings.PIN), held.certificate, held.chain)
}

// pinSource says where a PIN comes from.
func pinSource(pin config.Secret) string {
	switch {
	case pin.File != "":
		return "PIN from " + pin.File
	case pin.Credential != "":
		return "PIN from credential " + pin.Credential
	case pin.Prompt:
		return "PIN asked on a terminal, which a service has not"
	}
	return "no PIN"
}

// checkCertificate says what a key's certificate is good for.
func (x *examination) checkCertificate(check, source string, certificate *x509.Certificate, chain []*x509.Certificate) {
	now := x.env.now()
	who := fmt.Sprintf("%s, issued by %s", nameOf(certificate), issuerOf(certificate))
	left := certificate.NotAfter.Sub(now)
	switch {
	case left < 0:
		x.add(finding{check, checkFail, fmt.Sprintf("%s: its certificate ended on %s", who, day(certificate.NotAfter, time.Local)), "have it renewed"})
		return
	case now.Before(certificate.NotBefore):
		x.add(finding{check, checkFail, fmt.Sprintf("%s: its certificate begins on %s", who, day(certificate.NotBefore, time.Local)), "check this machine's clock"})
		return
	}
	if x.roots != nil {
		if path := trust.Path(certificate, chain, x.roots, now, trust.Sign); !path.Trusted() {
			x.add(finding{check, checkFail, who + ": " + describeFindings(path.Findings), trustHint(path)})
			return
		}
	}
	days := int(left / (24 * time.Hour))
	if left < renewal {
		x.warn(check, "have it renewed now", "%s: its certificate ends in %d days, on %s", who, days, day(certificate.NotAfter, time.Local))
		return
	}
	x.ok(check, "%s, valid for %d days, until %s; %s", who, days, day(certificate.NotAfter, time.Local), source)
}

func describeFindings(findings []trust.Finding) string {
	var all []string
	for _, f := range findings {
		all = append(all, strings.TrimSuffix(string(f.Code)+": "+f.Detail, ": "))
	}
	return strings.Join(all, "; ")
}

func trustHint(path trust.Result) string {
	if path.Has(trust.Untrusted) {
		return "name the root of its issuer in [trust] roots; our own seals are checked against them too"
	}
	return "ask the issuer for a certificate that may sign documents"
}

// checkToken looks at what a token shows without a login.
func (x *examination) checkToken(ctx context.Context, check string, settings config.Key) {
	opened, err := token.Open(ctx, tokenConfig(settings))
	if err != nil {
		x.fail(check, tokenError(err))
		return
	}
	info, err := opened.Info(ctx)
	var objects []token.Object
	if err == nil {
		objects, err = opened.Certificates(ctx)
	}
	if err := errors.Join(err, opened.Close()); err != nil {
		x.fail(check, tokenError(err))
		return
	}
	switch {
	case info.PIN.Locked:
		x.fail(check, tokenError(fmt.Errorf("token %s: %w", info.Label, token.ErrPINLocked)))
		return
	case info.PIN.FinalTry || info.PIN.CountLow:
		x.fail(check, workflow.WithHint(fmt.Errorf("token %s: a wrong PIN was entered", info.Label), "correct the PIN, then log in once with the vendor's own tool"))
		return
	}
	x.checkShown(check, settings, objects)
}

// checkShown judges the certificate that a token shows; some show none before a login.
func (x *examination) checkShown(check string, settings config.Key, objects []token.Object) {
	source := "not logged in: the store, which remembers refused PINs, is not ours now"
	var chain []*x509.Certificate
	for _, object := range objects {
		if object.Certificate != nil {
			chain = append(chain, object.Certificate)
		}
	}
	if shown := certificatesFor(settings, objects); len(shown) > 0 {
		x.checkCertificate(check, source, shown[0], chain)
		return
	}
	x.ok(check, "the token is there; %s", source)
}
