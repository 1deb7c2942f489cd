//go:build cgo

package token

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"

	"github.com/miekg/pkcs11"
)

// objectLimit bounds what a token can make us read.
const objectLimit = 1000

// found is one object with its attributes by type.
type found struct {
	handle     pkcs11.ObjectHandle
	attributes map[uint][]byte
}

// search finds objects and reads their attributes one by one: some modules refuse a whole list for one that they lack.
func (t *Token) search(session pkcs11.SessionHandle, class uint, attributes ...uint) ([]found, error) {
	query := []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}
	if err := t.module.FindObjectsInit(session, query); err != nil {
		return nil, fmt.Errorf("begin a search: %w", err)
	}
	handles, _, err := t.module.FindObjects(session, objectLimit)
	if final := t.module.FindObjectsFinal(session); err == nil {
		err = final
	}
	if err != nil {
		return nil, fmt.Errorf("search objects: %w", err)
	}
	var all []found
	for _, handle := range handles {
		object := found{handle, map[uint][]byte{}}
		for _, a := range attributes {
			values, err := t.module.GetAttributeValue(session, handle, []*pkcs11.Attribute{pkcs11.NewAttribute(a, nil)})
			if err == nil && len(values) == 1 {
				object.attributes[a] = values[0].Value
			}
		}
		all = append(all, object)
	}
	return all, nil
}

// Certificates lists the certificates on the token.
func (t *Token) Certificates(ctx context.Context) ([]Object, error) {
	return use(ctx, t, "list certificates", t.certificates)
}

func (t *Token) certificates(session pkcs11.SessionHandle) ([]Object, error) {
	certificates, err := t.search(session, pkcs11.CKO_CERTIFICATE, pkcs11.CKA_VALUE, pkcs11.CKA_ID, pkcs11.CKA_LABEL)
	if err != nil {
		return nil, err
	}
	keys, err := t.search(session, pkcs11.CKO_PRIVATE_KEY, pkcs11.CKA_ID)
	if err != nil {
		return nil, err
	}
	var all []Object
	for _, c := range certificates {
		object := Object{Label: string(c.attributes[pkcs11.CKA_LABEL]), ID: c.attributes[pkcs11.CKA_ID]}
		if certificate, err := x509.ParseCertificate(c.attributes[pkcs11.CKA_VALUE]); err == nil {
			object.Certificate = certificate
		}
		for _, k := range keys {
			object.HasKey = object.HasKey || sameID(k.attributes[pkcs11.CKA_ID], object.ID)
		}
		all = append(all, object)
	}
	return all, nil
}

// sameID never matches empty identifiers: they identify nothing.
func sameID(a, b []byte) bool { return len(a) > 0 && bytes.Equal(a, b) }
