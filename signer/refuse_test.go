package signer_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"contractd/signer"
	"contractd/signer/signtest"
	"contractd/workflow"
)

// trySeal returns the error and what was written.
func trySeal(t *testing.T, in []byte, r signer.Request) (int, error) {
	t.Helper()
	var out bytes.Buffer
	_, err := signer.New(signer.Config{}).Seal(t.Context(), bytes.NewReader(in), int64(len(in)), &out, r)
	return out.Len(), err
}

func TestRefusedDocuments(t *testing.T) {
	w := newWorld(t)
	plain := string(generate(1, 0))
	in := func(catalog string) []byte { // The catalog grows, so the offsets are made anew.
		return rebuilt(strings.Replace(plain, "<</Type/Catalog", "<</Type/Catalog"+catalog, 1))
	}
	certified := `/AcroForm<</Fields[<</FT/Sig/T(c)/V<</Type/Sig/Name(CEO)/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]>>>>]>>`
	tests := map[string]struct {
		document []byte
		want     error
		word     string
	}{
		"empty":             {nil, workflow.ErrDocument, ""},
		"text":              {[]byte("合同"), workflow.ErrDocument, "not a PDF"},
		"cut off":           {fixture(t, "cairo.pdf")[:5000], workflow.ErrDocument, "damaged"},
		"encrypted":         {fixture(t, "encrypted.pdf"), workflow.ErrDocument, "encrypted"},
		"junk behind":       {append([]byte(plain), "evil"...), workflow.ErrDocument, ""},
		"XFA":               {in(`/AcroForm<</Fields[]/XFA[]>>`), workflow.ErrDocument, "XFA"},
		"usage rights":      {in(`/Perms<</UR3<<>>>>`), workflow.ErrDocument, "usage rights"},
		"certified, P=1":    {in(certified), workflow.ErrPolicy, "CEO"},
		"locked, P=1":       {in(`/AcroForm<</Fields[<</FT/Sig/T(c)/Lock<</P 1>>/V<</Type/Sig>>>>]>>`), workflow.ErrPolicy, `"c"`},
		"undrawn form":      {in(`/AcroForm<</NeedAppearances true/Fields[<</FT/Tx/T(c)/V(1)/Kids[3 0 R]>>]>>`), workflow.ErrDocument, "appearance"},
		"certified by Perm": {in(`/Perms<</DocMDP<</Name(CFO)/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]>>>>`), workflow.ErrPolicy, "CFO"},
	}
	for name, test := range tests {
		written, err := trySeal(t, test.document, request(t, w.p256))
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.word) || written != 0 {
			t.Errorf("%s: %v, %d bytes written", name, err, written)
		}
	}
	if _, err := trySeal(t, in(strings.Replace(certified, "/P 1", "/P 2", 1)), request(t, w.p256)); err != nil {
		t.Errorf("certified with P=2: %v", err)
	}
	if _, err := trySeal(t, in(""), request(t, w.p256)); err != nil {
		t.Errorf("the document that the others are made of: %v", err)
	}
}

// rebuilt writes the cross-reference table of a changed document anew.
func rebuilt(document string) []byte {
	body, _, _ := strings.Cut(document, "xref\n")
	var offsets []int
	for at := 0; ; {
		next := strings.Index(body[at:], " 0 obj\n")
		if next < 0 {
			break
		}
		start := strings.LastIndexByte(body[:at+next], '\n') + 1
		offsets, at = append(offsets, start), at+next+1
	}
	var b strings.Builder
	b.WriteString(body)
	writeXRef(&b, offsets, len(body))
	return []byte(b.String())
}

func TestRefusedRequests(t *testing.T) {
	w := newWorld(t)
	draft := generate(2, 0)
	expired, err := w.ca.Issue(signtest.Person{Name: "过期", Key: signtest.P256, Shape: signtest.Expired})
	if err != nil {
		t.Fatal(err)
	}
	noSigning, err := w.ca.Issue(signtest.Person{Name: "加密", Key: signtest.P256, Shape: signtest.NoSigning})
	if err != nil {
		t.Fatal(err)
	}
	short, err := w.ca.Issue(signtest.Person{Name: "短", Key: signtest.RSA1024})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		change func(*signer.Request)
		want   error
	}{
		"no key":           {func(r *signer.Request) { r.Key = nil }, workflow.ErrUsage},
		"page 3 of 2":      {func(r *signer.Request) { r.Seals[0].Pages = "3" }, workflow.ErrUsage},
		"page -3 of 2":     {func(r *signer.Request) { r.Seals[0].Pages = "-3" }, workflow.ErrUsage},
		"beside the page":  {func(r *signer.Request) { r.Seals[0].X = 200 }, workflow.ErrUsage},
		"below the page":   {func(r *signer.Request) { r.Seals[0].Y = -1 }, workflow.ErrUsage},
		"no place at all":  {func(r *signer.Request) { r.Seals[0].X = nan() }, workflow.ErrUsage},
		"no size":          {func(r *signer.Request) { r.Seals[0].Size = nan() }, workflow.ErrUsage},
		"nothing to show":  {func(r *signer.Request) { r.Seals[0].Image = nil }, workflow.ErrUsage},
		"text, no font":    {func(r *signer.Request) { r.Seals[0].Lines = []string{"小山层"} }, workflow.ErrUsage},
		"two places":       {func(r *signer.Request) { r.Seals[0].Pages = "all" }, workflow.ErrUsage},
		"unknown kind":     {func(r *signer.Request) { r.Seals[0].Kind = "stapled" }, workflow.ErrUsage},
		"no seal":          {func(r *signer.Request) { r.Seals = nil }, workflow.ErrUsage},
		"no such field":    {func(r *signer.Request) { r.Seals[0].Field = "Supplier" }, workflow.ErrUsage},
		"another's key":    {func(r *signer.Request) { r.Key = w.rsa.Signer }, nil},
		"expired":          {func(r *signer.Request) { r.Key, r.Certificate = expired.Signer, expired.Certificate }, workflow.ErrPolicy},
		"RSA-1024":         {func(r *signer.Request) { r.Key, r.Certificate = short.Signer, short.Certificate }, workflow.ErrPolicy},
		"not for signing":  {func(r *signer.Request) { r.Key, r.Certificate = noSigning.Signer, noSigning.Certificate }, workflow.ErrPolicy},
		"no timestamp":     {func(r *signer.Request) { r.Timestamp = failingStamp }, errStamp},
		"token is too big": {func(r *signer.Request) { r.Timestamp, r.TimestampSize = w.stamp.Stamp, 10 }, nil},
	}
	for name, test := range tests {
		r := request(t, w.p256)
		test.change(&r)
		_, err := trySeal(t, draft, r)
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	r := request(t, expired)
	r.Force = true
	if _, err := trySeal(t, draft, r); err != nil {
		t.Errorf("expired, forced: %v", err)
	}
	r = request(t, w.p256)
	r.Seals[0].Pages = signer.LastPage
	if _, result := seal(t, signer.New(signer.Config{}), draft, r); result.Marks[0].Page != 2 {
		t.Errorf("the last page is %d", result.Marks[0].Page)
	}
}

var errStamp = errors.New("authority is down")

func TestCancelled(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	draft := generate(1, 0)
	var out bytes.Buffer
	_, err := signer.New(signer.Config{}).Seal(ctx, bytes.NewReader(draft), int64(len(draft)), &out, request(t, w.p256))
	if !errors.Is(err, context.Canceled) || errors.Is(err, workflow.ErrDocument) {
		t.Error(err)
	}
}

func TestUndoRefuses(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	draft := fixture(t, "libreoffice.pdf")
	ours, _ := seal(t, s, draft, request(t, w.rsa))
	both, _ := seal(t, s, ours, request(t, w.p256))
	own := func(c *x509.Certificate) bool { return c.Equal(w.rsa.Certificate) }
	tampered := bytes.Clone(ours)
	tampered[len(draft)/2] ^= 1
	tests := map[string]struct {
		document []byte
		want     error
	}{
		"no signature":     {draft, workflow.ErrPolicy},
		"another's on top": {both, workflow.ErrPolicy},
		"no longer whole":  {append(bytes.Clone(ours), " \n"...), workflow.ErrPolicy},
		"tampered":         {tampered, nil},
		"not a PDF":        {[]byte("合同"), workflow.ErrDocument},
	}
	for name, test := range tests {
		var out bytes.Buffer
		_, err := s.Undo(t.Context(), bytes.NewReader(test.document), int64(len(test.document)), &out, signer.Batch{Own: own})
		if err == nil || out.Len() > 0 || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v, %d bytes written", name, err, out.Len())
		}
	}
}

// TestUndoTakesABatchAsOne has two signatures of one batch above one of another.
func TestUndoTakesABatchAsOne(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	draft := []byte(strings.TrimRight(string(generate(1, 0)), "\n")) // Ends without an end-of-line.
	first, _ := seal(t, s, draft, request(t, w.rsa))
	document := first
	for range 2 {
		r := request(t, w.rsa)
		r.BatchID = "batch 2"
		document, _ = seal(t, s, document, r)
	}
	any := func(*x509.Certificate) bool { return true }
	var out bytes.Buffer
	undone, err := s.Undo(t.Context(), bytes.NewReader(document), int64(len(document)), &out, signer.Batch{Own: any})
	if err != nil || undone.Signatures != 2 || !bytes.Equal(out.Bytes(), first) {
		t.Fatalf("%+v, %v", undone, err)
	}
	out.Reset()
	if _, err = s.Undo(t.Context(), bytes.NewReader(first), int64(len(first)), &out, signer.Batch{Own: any}); err != nil || !bytes.Equal(out.Bytes(), draft) {
		t.Fatalf("the draft did not come back: %v", err)
	}
}

func TestClaimedTime(t *testing.T) {
	w := newWorld(t)
	r := request(t, w.p256)
	r.Time = time.Date(2026, 11, 23, 9, 5, 7, 0, time.FixedZone("", 5*3600+1800))
	out, _ := seal(t, signer.New(signer.Config{}), generate(1, 0), r)
	if !bytes.Contains(out, []byte("(D:20261123090507+05'30')")) {
		t.Error("the time is not written as D:20261123090507+05'30'")
	}
	if lines := signer.Describe("张", r.Time, ""); len(lines) != 2 || lines[1] != "时间：2026-11-23 09:05:07 +05:30" {
		t.Errorf("%q", lines)
	}
}
