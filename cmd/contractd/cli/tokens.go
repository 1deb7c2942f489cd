package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/signer/token"
	"contractd/signer/trust"
	"contractd/workflow"
)

// tokens looks at every module and key of the configuration. A key that nobody has logged into is opened as sealing would
// open it: one wrong PIN suspends it.
func (h *house) tokens(ctx context.Context, certificates bool) (api.Tokens, error) {
	seen := api.Tokens{Tokens: []api.Token{}, Certificates: []api.KeyCertificate{}}
	looked := map[string]bool{}
	for _, key := range h.cfg.Keys {
		if key.Kind == config.KindPKCS11 && !looked[key.Module] {
			looked[key.Module] = true
			seen.Tokens = append(seen.Tokens, slotsOf(ctx, key.Module)...)
		}
	}
	for _, key := range h.cfg.Keys {
		if !certificates {
			break
		}
		seen.Certificates = append(seen.Certificates, h.certificateOf(ctx, key))
	}
	return seen, ctx.Err()
}

func slotsOf(ctx context.Context, module string) []api.Token {
	slots, err := token.Slots(ctx, module)
	if err != nil {
		return []api.Token{{Module: module, Fault: err.Error()}}
	}
	var all []api.Token
	for _, slot := range slots {
		one := api.Token{
			Module: module, Slot: slot.ID, Reader: slot.Reader, Label: slot.Label, Serial: slot.Serial, Manufacturer: slot.Manufacturer,
			Model: slot.Model, PIN: pinText(slot.PIN), Sessions: slot.Sessions, MaxSessions: slot.MaxSessions,
		}
		for _, mechanism := range slot.Mechanisms {
			one.Mechanisms = append(one.Mechanisms, token.MechanismName(mechanism))
		}
		all = append(all, one)
	}
	return all
}

// pinText says the gravest thing about a PIN.
func pinText(state token.PINState) string {
	switch {
	case state.Locked:
		return "locked"
	case state.FinalTry:
		return "final-try"
	case state.CountLow:
		return "wrong-once"
	case !state.Initialized:
		return "unset"
	case state.ToBeChanged:
		return "to-be-changed"
	}
	return "ok"
}

// certificateOf opens a key and has it answer a test signature.
func (h *house) certificateOf(ctx context.Context, settings config.Key) api.KeyCertificate {
	one := api.KeyCertificate{Key: settings.Name, Role: settings.Role, Place: placeOf(settings)}
	held, err := h.ring.key(ctx, settings.Name)
	if err == nil {
		describeCertificate(&one, held.certificate, h.now())
		err = tokenError(signer.Prove(ctx, held.signer, held.certificate))
		one.Answers = err == nil
	}
	if err != nil {
		one.Fault, one.Hint = err.Error(), workflow.HintOf(err)
	}
	return one
}

func describeCertificate(one *api.KeyCertificate, certificate *x509.Certificate, now time.Time) {
	who := trust.Identity(certificate)
	one.Subject, one.Organization, one.Code = nameOf(certificate), who.Organization, who.CreditCode
	one.Issuer, one.Serial = issuerOf(certificate), fmt.Sprintf("%X", certificate.SerialNumber)
	one.NotBefore, one.NotAfter = certificate.NotBefore, certificate.NotAfter
	one.Days = int(certificate.NotAfter.Sub(now) / (24 * time.Hour))
	one.Algorithm, one.Usage = algorithmOf(certificate), usageOf(certificate.KeyUsage)
}

func algorithmOf(certificate *x509.Certificate) string {
	switch public := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA-%d", public.N.BitLen())
	case *ecdsa.PublicKey:
		return public.Params().Name
	}
	return certificate.PublicKeyAlgorithm.String()
}

// usageOf names the bits of the key usage extension (RFC 5280, 4.2.1.3) that matter to a signer.
func usageOf(usage x509.KeyUsage) []string {
	var all []string
	for _, known := range []struct {
		bit  x509.KeyUsage
		name string
	}{
		{x509.KeyUsageDigitalSignature, "digitalSignature"}, {x509.KeyUsageContentCommitment, "nonRepudiation"},
		{x509.KeyUsageKeyEncipherment, "keyEncipherment"}, {x509.KeyUsageDataEncipherment, "dataEncipherment"}, {x509.KeyUsageCertSign, "keyCertSign"},
	} {
		if usage&known.bit != 0 {
			all = append(all, known.name)
		}
	}
	return all
}

// login tries a PIN that its holder gave, and has what waits for the key go on.
func (h *house) login(ctx context.Context, name string, pin []byte) error {
	if err := h.ring.login(ctx, name, pin); err != nil {
		return err
	}
	wake(h.keyed)
	return nil
}
