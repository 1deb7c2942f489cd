package signer

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha1" // The key of a VRI entry is a SHA-1 (ETSI EN 319 142-1, 5.4.2.2); nothing is proven by it.
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"contractd/signer/pdf"
	"contractd/signer/tsa"
)

// Material is what whoever judges signatures later needs beside the file: DER, checked by who collected it
// (signer/strength).
type Material struct {
	Certificates, OCSPs, CRLs [][]byte
}

// Empty reports whether there is nothing to add.
func (m Material) Empty() bool { return len(m.Certificates)+len(m.OCSPs)+len(m.CRLs) == 0 }

// Indexed is the material of one signature, or of one document timestamp.
type Indexed struct {
	Contents []byte // The value of /Contents, padding included: names the entry in /VRI.
	Material
}

// AddMaterial returns a revision that adds long-term material to /DSS (ISO 32000-2, 12.8.4.3; ETSI EN 319 142-1, 5.4.2),
// to be appended to the file. What is there already stays and is not repeated; nil when nothing is missing.
func (s *Sealer) AddMaterial(ctx context.Context, in io.ReaderAt, size int64, batch string, all []Indexed) ([]byte, error) {
	file, err := open(ctx, in, size, s.limits)
	if err == nil {
		err = sealable(file)
	}
	if err != nil {
		return nil, fmt.Errorf("add long-term material: %w", err)
	}
	tail, err := addMaterial(file, batch, all)
	if err != nil {
		return nil, fmt.Errorf("add long-term material: %w", blame(err))
	}
	return tail, nil
}

func addMaterial(file *pdf.File, batch string, all []Indexed) ([]byte, error) {
	rev := file.Last()
	catalog, err := rev.Catalog()
	if err != nil {
		return nil, err
	}
	old, err := rev.Dict(catalog["DSS"])
	if err != nil {
		return nil, err
	}
	s := &securityStore{rev: rev, update: pdf.NewUpdate(file), dss: old.Clone(), lists: map[pdf.Name]pdf.Array{}, known: map[pdf.Name]map[string]pdf.Ref{}}
	s.dss["Type"] = pdf.Name("DSS")
	if err := s.add(all); err != nil || !s.grown {
		return nil, err
	}
	s.dss[batchKey], s.dss[beforeKey] = pdf.TextString(batch), pdf.Integer(file.Size())
	if err := s.update.SetCatalog(pdf.Dict{"DSS": s.update.Add(s.dss)}); err != nil {
		return nil, err
	}
	tail, err := s.update.Build()
	if err != nil {
		return nil, err
	}
	return tail.Bytes, nil
}

// securityStore is /DSS while it grows.
type securityStore struct {
	rev    *pdf.Revision
	update *pdf.Update
	dss    pdf.Dict
	lists  map[pdf.Name]pdf.Array
	known  map[pdf.Name]map[string]pdf.Ref // Streams by their digest.
	grown  bool
}

func (s *securityStore) add(all []Indexed) error {
	index, err := s.rev.Dict(s.dss["VRI"])
	if err != nil {
		return err
	}
	index = index.Clone() // Its keys are digests alone (ISO 32000-2, Table 261); /Type stands in the entries.
	for _, one := range all {
		name := sha1.Sum(one.Contents)
		key := pdf.Name(strings.ToUpper(hex.EncodeToString(name[:])))
		entry, err := s.rev.Dict(index[key])
		if err != nil {
			return err
		}
		if entry, err = s.entry(entry, one.Material); err != nil {
			return err
		}
		index[key] = entry
	}
	for name, list := range s.lists {
		s.dss[name] = list
	}
	s.dss["VRI"] = index
	return nil
}

// entry adds the material to the lists of the store, and names it in the entry of its signature.
func (s *securityStore) entry(old pdf.Dict, m Material) (pdf.Dict, error) {
	entry := old.Clone()
	entry["Type"] = pdf.Name("VRI")
	for _, kind := range []struct {
		list, own pdf.Name
		all       [][]byte
	}{{"Certs", "Cert", m.Certificates}, {"OCSPs", "OCSP", m.OCSPs}, {"CRLs", "CRL", m.CRLs}} {
		named, err := s.rev.Array(entry[kind.own])
		if err != nil {
			return nil, err
		}
		named = append(pdf.Array{}, named...)
		for _, der := range kind.all {
			ref, err := s.stream(kind.list, der)
			if err != nil {
				return nil, err
			}
			if !contains(named, ref) {
				named, s.grown = append(named, ref), true
			}
		}
		if len(named) > 0 {
			entry[kind.own] = named
		}
	}
	return entry, nil
}

func contains(list pdf.Array, ref pdf.Ref) bool {
	for _, o := range list {
		if o == pdf.Object(ref) {
			return true
		}
	}
	return false
}

// stream returns where one piece stands, adding it where it is new.
func (s *securityStore) stream(list pdf.Name, der []byte) (pdf.Ref, error) {
	if err := s.load(list); err != nil {
		return pdf.Ref{}, err
	}
	digest := sha256.Sum256(der)
	if ref, ok := s.known[list][string(digest[:])]; ok {
		return ref, nil
	}
	ref := s.update.Add(pdf.FlateStream(pdf.Dict{}, der))
	s.known[list][string(digest[:])], s.lists[list], s.grown = ref, append(s.lists[list], ref), true
	return ref, nil
}

// load reads what a list holds already, once.
func (s *securityStore) load(list pdf.Name) error {
	if s.known[list] != nil {
		return nil
	}
	s.known[list] = map[string]pdf.Ref{}
	before, err := s.rev.Array(s.dss[list])
	if err != nil {
		return err
	}
	s.lists[list] = append(pdf.Array{}, before...)
	for _, o := range before {
		ref, isRef := o.(pdf.Ref)
		value, err := s.rev.Resolve(o)
		if err != nil {
			return err
		}
		if stream, ok := value.(*pdf.Stream); ok && isRef {
			data, err := s.rev.Decode(stream)
			if err != nil {
				return err
			}
			digest := sha256.Sum256(data)
			s.known[list][string(digest[:])] = ref
		}
	}
	return nil
}

// Stamper asks a timestamp authority, as tsa.Client.Stamp does.
type Stamper = func(ctx context.Context, imprint []byte, h crypto.Hash) (token []byte, err error)

// maxReserves bounds how often a document timestamp is asked for again because the token had no room.
const maxReserves = 2

// AddTimestamp returns a revision with a document timestamp over the whole file (ISO 32000-2, 12.8.5; ETSI EN 319 142-1, 5.4.3), to
// be appended to it. reserve is how many octets the token is expected to take; 0 leaves room for any.
func (s *Sealer) AddTimestamp(ctx context.Context, in io.ReaderAt, size int64, batch string, stamp Stamper, reserve int) ([]byte, error) {
	file, err := open(ctx, in, size, s.limits)
	if err == nil {
		err = sealable(file)
	}
	if err != nil {
		return nil, fmt.Errorf("add document timestamp: %w", err)
	}
	if reserve <= 0 {
		reserve = tsa.Size(nil)
	}
	for range maxReserves {
		var token []byte
		tail, err := composeTimestamp(file, batch, reserve)
		if err == nil {
			token, err = s.stampTail(ctx, in, tail, stamp)
		}
		if err != nil {
			return nil, fmt.Errorf("add document timestamp: %w", err)
		}
		if len(token) <= reserve {
			return tail.Bytes, nil
		}
		reserve = tsa.Size(token)
	}
	return nil, fmt.Errorf("add document timestamp: the authority's tokens take more than the %d octets left for them", reserve)
}

// stampTail asks for the token, and enters it where it has room.
func (s *Sealer) stampTail(ctx context.Context, in io.ReaderAt, tail *pdf.Tail, stamp Stamper) ([]byte, error) {
	digest := sha256.New()
	if err := s.copy(ctx, in, tail.Base, digest); err != nil {
		return nil, err
	}
	before, after := tail.CoveredTail()
	digest.Write(before) // A hash never fails.
	digest.Write(after)
	token, err := stamp(ctx, digest.Sum(nil), crypto.SHA256)
	if err != nil || int64(len(token)) > (tail.Contents.Len()-2)/2 {
		return token, err
	}
	return token, tail.SetContents(token)
}

func composeTimestamp(file *pdf.File, batch string, reserve int) (*pdf.Tail, error) {
	pages, err := file.Last().Pages()
	if err != nil {
		return nil, blame(err)
	}
	if len(pages) == 0 {
		return nil, outOfRange(1, 0)
	}
	name, err := freeNamed(file.Last(), "Timestamp")
	if err != nil {
		return nil, err
	}
	u := pdf.NewUpdate(file)
	value := u.Add(pdf.Dict{
		"Type": pdf.Name("DocTimeStamp"), "Filter": pdf.Name("Adobe.PPKLite"), "SubFilter": pdf.Name("ETSI.RFC3161"),
		"ByteRange": pdf.ByteRangeSlot{}, "Contents": pdf.Reserved{Bytes: reserve},
		batchKey: pdf.TextString(batch), beforeKey: pdf.Integer(file.Size()),
	})
	field := u.Add(pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "FT": pdf.Name("Sig"), "T": pdf.TextString(name),
		"F": pdf.Integer(widgetFlags), "P": pages[0].Ref, "Rect": pdf.Rect{}.Array(), "V": value,
	})
	for _, step := range []func() error{
		func() error { return u.AppendAnnots(pages[0].Ref, field) },
		func() error { return u.AppendFields(field) },
		func() error { return u.SetSigFlags(3) },
	} {
		if err := step(); err != nil {
			return nil, blame(err)
		}
	}
	tail, err := u.Build()
	return tail, blame(err)
}

// Signed is one signature, or document timestamp, of a file.
type Signed struct {
	Contents  []byte // The value of /Contents, padding included.
	Timestamp bool   // A document timestamp.
	Digest    func(crypto.Hash) ([]byte, error)
}

// SignaturesOf returns the signatures of the form in its order, document timestamps among them. Nothing about them is
// proven.
func (s *Sealer) SignaturesOf(ctx context.Context, in io.ReaderAt, size int64) ([]Signed, error) {
	file, err := open(ctx, in, size, s.limits)
	if err != nil {
		return nil, err
	}
	fields, err := file.Last().Fields()
	if err != nil {
		return nil, blame(err)
	}
	var all []Signed
	for _, f := range fields {
		if f.Type != "Sig" || f.Value == nil {
			continue
		}
		d, err := file.Last().Dict(f.Value)
		if err != nil {
			return nil, blame(err)
		}
		t, _ := covering(d, size)
		if t == nil {
			continue
		}
		t.in = in
		one := Signed{Contents: bytes.Clone(t.contents), Timestamp: d.Name("SubFilter") == "ETSI.RFC3161", Digest: t.digest}
		all = append(all, one)
	}
	return all, nil
}
