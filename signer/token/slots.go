//go:build cgo && unix

package token

import (
	"fmt"
	"strings"

	"github.com/miekg/pkcs11"
)

// slots describes all tokens that were set up.
func slots(m *module) ([]Slot, error) {
	ids, err := m.GetSlotList(true)
	if err != nil {
		return nil, fmt.Errorf("list slots: %w", err)
	}
	all := []Slot{}
	for _, id := range ids {
		slot, err := describe(m, id, true)
		if err != nil || slot.flags&flagTokenInitialized == 0 {
			continue // Pulled out meanwhile, or an empty token.
		}
		all = append(all, slot)
	}
	return all, nil
}

// describe reads what a token says about itself, with its mechanisms where they are wanted.
func describe(m *module, id uint, mechanisms bool) (Slot, error) {
	raw, err := m.GetTokenInfo(id)
	if err != nil {
		return Slot{}, err
	}
	trim := func(s string) string { return strings.TrimRight(s, " \x00") }
	slot := Slot{ID: id, flags: raw.Flags, Sessions: countOf(raw.SessionCount), MaxSessions: countOf(raw.MaxSessionCount), Info: Info{
		Label: trim(raw.Label), Serial: trim(raw.SerialNumber), Manufacturer: trim(raw.ManufacturerID), Model: trim(raw.Model), PIN: pinState(raw.Flags),
	}}
	if !mechanisms {
		return slot, nil
	}
	if info, err := m.GetSlotInfo(id); err == nil {
		slot.Reader = trim(info.SlotDescription)
	}
	list, err := m.GetMechanismList(id)
	if err != nil {
		return slot, nil // Some modules tell only after a login; the rest is worth telling.
	}
	for _, mechanism := range list {
		slot.Mechanisms = append(slot.Mechanisms, mechanism.Mechanism)
	}
	return slot, nil
}

// countOf gives -1 for CK_UNAVAILABLE_INFORMATION; 0 as a maximum is CK_EFFECTIVELY_INFINITE (PKCS #11 2.40, 3.2).
func countOf(n uint) int {
	if n == ^uint(0) {
		return -1
	}
	return int(n)
}

// findSlot finds the only token that fits.
func findSlot(m *module, label, serial string) (Slot, error) {
	all, err := slots(m)
	if err != nil {
		return Slot{}, err
	}
	var fitting []Slot
	var seen []string
	for _, slot := range all {
		seen = append(seen, fmt.Sprintf("%q", slot.Label))
		if (label == "" || slot.Label == label) && (serial == "" || slot.Serial == serial) {
			fitting = append(fitting, slot)
		}
	}
	switch len(fitting) {
	case 0:
		return Slot{}, fmt.Errorf("%w: the module sees %d tokens: %s", ErrMissing, len(seen), strings.Join(seen, ", "))
	case 1:
		return fitting[0], nil
	}
	return Slot{}, fmt.Errorf("%w: %d of them; name the serial number", ErrAmbiguous, len(fitting))
}

// objectLimit bounds what a token can make us read.
const objectLimit = 1000

// objects lists certificates and private keys. Attributes are read one by one: some modules refuse a whole list for one
// that they lack.
func (d *driver) objects(session pkcs11.SessionHandle) ([]object, error) {
	all := []object{}
	for _, class := range []uint{pkcs11.CKO_CERTIFICATE, pkcs11.CKO_PRIVATE_KEY} {
		handles, err := d.search(session, class)
		if err != nil {
			return nil, err
		}
		for _, handle := range handles {
			read := func(kind uint) []byte {
				values, err := d.module.GetAttributeValue(session, handle, []*pkcs11.Attribute{pkcs11.NewAttribute(kind, nil)})
				if err != nil || len(values) != 1 {
					return nil
				}
				return values[0].Value
			}
			o := object{Handle: uint64(handle), Private: class == pkcs11.CKO_PRIVATE_KEY, ID: read(pkcs11.CKA_ID), Label: string(read(pkcs11.CKA_LABEL))}
			if o.Private {
				always := read(pkcs11.CKA_ALWAYS_AUTHENTICATE)
				o.Modulus, o.Always = read(pkcs11.CKA_MODULUS), len(always) == 1 && always[0] != 0
			} else {
				o.Value = read(pkcs11.CKA_VALUE)
			}
			all = append(all, o)
		}
	}
	return all, nil
}

func (d *driver) search(session pkcs11.SessionHandle, class uint) ([]pkcs11.ObjectHandle, error) {
	query := []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}
	if err := d.module.FindObjectsInit(session, query); err != nil {
		return nil, fmt.Errorf("begin a search: %w", err)
	}
	handles, _, err := d.module.FindObjects(session, objectLimit)
	if final := d.module.FindObjectsFinal(session); err == nil {
		err = final
	}
	if err != nil {
		return nil, fmt.Errorf("search objects: %w", err)
	}
	return handles, nil
}
