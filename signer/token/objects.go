//go:build cgo && unix

package token

import (
	"bytes"
	"context"
)

// contents returns the objects on the token, after a login where somebody can say the PIN.
func (t *Token) contents(ctx context.Context, l *link) ([]object, error) {
	if err := t.loggedIn(ctx, l); err != nil {
		return nil, err
	}
	l.login.Lock()
	defer l.login.Unlock()
	if l.objects != nil {
		return l.objects, nil
	}
	all, err := tell[[]object](ctx, l, opObjects, nil, t.config.Timeout)
	if err == nil && l.in {
		l.objects = all
	}
	return all, err
}

// Certificates lists the certificates on the token; without a login, what it shows to everybody.
func (t *Token) Certificates(ctx context.Context) (all []Object, err error) {
	err = t.use(ctx, "list certificates", func(l *link) error {
		objects, err := t.contents(ctx, l)
		all = certificates(objects)
		return err
	})
	return all, err
}

func certificates(objects []object) []Object {
	var all []Object
	for _, o := range objects {
		if o.Private {
			continue
		}
		found := Object{Label: o.Label, ID: o.ID, Raw: o.Value}
		if certificate, err := parseCertificate(o.Value); err == nil {
			found.Certificate = certificate
		}
		for _, k := range objects {
			found.HasKey = found.HasKey || k.Private && sameID(k.ID, o.ID)
		}
		all = append(all, found)
	}
	return all
}

// sameID never matches empty identifiers: they identify nothing.
func sameID(a, b []byte) bool { return len(a) > 0 && bytes.Equal(a, b) }
