package mailbox

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"contractd/workflow"
)

// zipped is a file in a zip.
type zipped struct {
	name  string
	data  []byte
	raw   bool // The name is not UTF-8 and says so.
	extra []byte
}

func pack(t testing.TB, files ...zipped) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		entry, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, NonUTF8: f.raw, Extra: f.extra})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// zipOf packs the beginnings of PDFs.
func zipOf(t testing.TB, names ...string) []byte {
	var files []zipped
	for _, name := range names {
		files = append(files, zipped{name: name, data: []byte("%PDF-1.7")})
	}
	return pack(t, files...)
}

func withPart(typeLine string, data []byte) string {
	return multipartOf(plainHead, "Content-Type: text/plain\r\n\r\nhello", attach(typeLine, "X: y", data))
}

func TestParseOpensZip(t *testing.T) {
	pdf := fakePDF(31, 4000)
	unicodePath := func(name, raw string) []byte {
		field := append([]byte{1}, binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(raw)))...)
		field = append(field, name...)
		return append(binary.LittleEndian.AppendUint16([]byte{0x75, 0x70}, uint16(len(field))), field...)
	}
	eml := "Subject: fwd\r\n" + attach("Content-Type: application/pdf; name=in.pdf", "X: y", pdf)
	tests := map[string]struct {
		files []zipped
		want  string
	}{
		"UTF-8 name":       {[]zipped{{name: "合同/采购合同.pdf", data: pdf}}, "采购合同.pdf"},
		"GBK name":         {[]zipped{{name: gbk(t, "采购合同.pdf"), data: pdf, raw: true}}, "采购合同.pdf"},
		"Unicode path":     {[]zipped{{name: "?.pdf", data: pdf, raw: true, extra: unicodePath("采购合同.pdf", "?.pdf")}}, "采购合同.pdf"},
		"another's path":   {[]zipped{{name: "a.pdf", data: pdf, raw: true, extra: unicodePath("b.pdf", "x")}}, "a.pdf"},
		"no name, no type": {[]zipped{{name: "scan", data: pdf}}, "scan"},
		"out of the way":   {[]zipped{{name: "../../etc/合同.pdf", data: pdf}}, "合同.pdf"},
		"beside others":    {[]zipped{{name: "a.txt", data: []byte("x")}, {name: "b.pdf", data: pdf}}, "b.pdf"},
		"a mail in it":     {[]zipped{{name: "mail.eml", data: []byte(eml)}}, "in.pdf"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			message := parse(t, Limits{}, withPart("Content-Type: application/octet-stream", pack(t, test.files...)))
			wantPDFs(t, message, pdf)
			if got := message.PDFs[0]; got.Name != test.want || got.Repaired || !strings.HasPrefix(got.Path, "2/") {
				t.Errorf("found %+v, want %q", got, test.want)
			}
			if len(message.Problems) > 0 {
				t.Errorf("problems %+v", message.Problems)
			}
		})
	}
}

func TestParseForwardOfAZip(t *testing.T) {
	pdf := fakePDF(32, 2000)
	inner := strings.ReplaceAll(withPart("Content-Type: application/zip; name=\"=?GBK?B?us/NrC56aXA=?=\"",
		pack(t, zipped{name: gbk(t, "合同.pdf"), data: pdf, raw: true})), "=_b", "=_c")
	message := parse(t, Limits{}, multipartOf(plainHead, "Content-Type: message/rfc822\r\n\r\n"+inner))
	wantPDFs(t, message, pdf)
	if got := message.PDFs[0]; got.Name != "合同.pdf" || got.Path != "1/1/2/1" {
		t.Errorf("found %+v", got)
	}
}

// change returns the archive with a flag set in both headers of its one entry.
func encryptedZip(t testing.TB) []byte {
	data := zipOf(t, "合同.pdf")
	for _, place := range []struct {
		magic string
		flag  int
	}{{"PK\x03\x04", 6}, {"PK\x01\x02", 8}} {
		data[bytes.Index(data, []byte(place.magic))+place.flag] |= 1
	}
	return data
}

func TestParseZipsThatSayMore(t *testing.T) {
	pdf := fakePDF(33, 3000)
	many := make([]zipped, 102)
	for i := range many {
		many[i] = zipped{name: "a.txt", data: []byte("x")}
	}
	damaged := pack(t, zipped{name: "a.pdf", data: pdf})
	damaged[bytes.Index(damaged, []byte("PK\x01\x02"))-40] ^= 0xff
	far := pack(t, zipped{name: "a.pdf", data: pdf})
	binary.LittleEndian.PutUint32(far[bytes.Index(far, []byte("PK\x01\x02"))+42:], 0xfffffff0)
	directory := make([]zipped, 30_000)
	for i := range directory {
		directory[i] = zipped{name: "some/folder/some/file"}
	}
	tests := map[string]struct {
		zip  []byte
		want workflow.ProblemKind
		pdfs int
	}{
		"password":       {encryptedZip(t), workflow.ProblemPassword, 0},
		"bomb":           {pack(t, zipped{name: "a.pdf", data: append([]byte("%PDF-1.7"), make([]byte, 80<<20)...)}), workflow.ProblemTooLarge, 0},
		"zip in it":      {pack(t, zipped{name: "b.zip", data: zipOf(t, "a.pdf")}), workflow.ProblemArchive, 0},
		"no PDF":         {pack(t, zipped{name: "b.txt", data: []byte("hello")}), workflow.ProblemArchive, 0},
		"too many":       {pack(t, many...), workflow.ProblemTooLarge, 0},
		"huge directory": {pack(t, directory...), workflow.ProblemTooLarge, 0},
		"no directory":   {[]byte("PK\x03\x04" + strings.Repeat("\x00", 40)), workflow.ProblemArchive, 0},
		"entry nowhere":  {far, workflow.ProblemArchive, 0},
		"damaged data":   {damaged, workflow.ProblemMalformed, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			message := parse(t, Limits{}, withPart("Content-Type: application/zip", test.zip))
			if len(message.Problems) != 1 || message.Problems[0].Kind != test.want {
				t.Errorf("problems %+v, want %s", message.Problems, test.want)
			}
			if len(message.PDFs) != test.pdfs || test.pdfs > 0 && !message.PDFs[0].Repaired {
				t.Errorf("found %+v", message.PDFs)
			}
		})
	}
}

// winmail builds a winmail.dat.
type winmail struct{ bytes.Buffer }

func newWinmail() *winmail {
	w := new(winmail)
	w.Write([]byte{0x78, 0x9f, 0x3e, 0x22, 1, 0})
	w.attribute(1, 0x00089006, []byte{0, 0, 1, 0}) // Its version.
	return w
}

func (w *winmail) attribute(level byte, id uint32, data []byte) {
	w.WriteByte(level)
	sum := uint16(0)
	for _, b := range data {
		sum += uint16(b)
	}
	w.Write(binary.LittleEndian.AppendUint32(nil, id))
	w.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(data))))
	w.Write(data)
	w.Write(binary.LittleEndian.AppendUint16(nil, sum))
}

// property builds one MAPI property with a value of variable length.
func property(kind, id uint16, value []byte) []byte {
	p := binary.LittleEndian.AppendUint16(nil, kind)
	p = binary.LittleEndian.AppendUint16(p, id)
	if id >= 0x8000 {
		p = append(p, make([]byte, 16)...) // Its set.
		p = binary.LittleEndian.AppendUint32(p, 1)
		p = binary.LittleEndian.AppendUint32(p, 6)
		p = append(p, "N\x00m\x00\x00\x00\x00\x00"...)
	}
	p = binary.LittleEndian.AppendUint32(p, 1)
	p = binary.LittleEndian.AppendUint32(p, uint32(len(value)))
	return append(append(p, value...), make([]byte, -len(value)&3)...)
}

func properties(all ...[]byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(all))), bytes.Join(all, nil)...)
}

func utf16le(text string) (out []byte) {
	for _, unit := range utf16.Encode([]rune(text + "\x00")) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

func TestParseOpensWinmail(t *testing.T) {
	pdf, second := fakePDF(34, 3001), fakePDF(35, 500)
	object := append(make([]byte, 16), second...)
	w := newWinmail()
	w.attribute(2, tnefAttachRendData, make([]byte, 14))
	w.attribute(2, tnefAttachTitle, []byte(gbk(t, "合同~1.PDF")+"\x00"))
	w.attribute(2, tnefAttachData, pdf)
	w.attribute(2, tnefAttachment, properties(
		property(0x1f, 0x8001, utf16le("named")),
		[]byte{0x03, 0, 0x05, 0x37, 1, 0, 0, 0}, // PidTagAttachMethod, a number.
		property(0x1f, propAttachLongName, utf16le("采购合同（盖章）.pdf"))))
	w.attribute(2, tnefAttachRendData, make([]byte, 14))
	w.attribute(2, tnefAttachTitle, []byte(gbk(t, "附件.pdf")+"\x00"))
	w.attribute(2, tnefAttachment, properties(property(0x0d, propAttachData, object)))

	message := parse(t, Limits{}, withPart("Content-Type: application/ms-tnef; name=winmail.dat", w.Bytes()))
	wantPDFs(t, message, pdf, second)
	if message.PDFs[0].Name != "采购合同（盖章）.pdf" || message.PDFs[1].Name != "附件.pdf" || message.PDFs[1].Path != "2/2" {
		t.Errorf("found %+v", message.PDFs)
	}
	if len(message.Problems) > 0 {
		t.Errorf("problems %+v", message.Problems)
	}

	torn := parse(t, Limits{}, withPart("Content-Type: application/ms-tnef", w.Bytes()[:w.Len()-300]))
	wantPDFs(t, torn, pdf)
	if len(torn.Problems) != 1 || torn.Problems[0].Kind != workflow.ProblemMalformed || !torn.PDFs[0].Repaired {
		t.Errorf("torn: %+v, problems %+v", torn.PDFs, torn.Problems)
	}
}

// opensslCMS runs openssl cms over a file and returns what it makes.
func opensslCMS(t *testing.T, content []byte, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is missing")
	}
	dir := t.TempDir()
	key, in := filepath.Join(dir, "key.pem"), filepath.Join(dir, "in")
	run := func(args ...string) []byte {
		out, err := exec.CommandContext(t.Context(), "openssl", args...).Output()
		if err != nil {
			t.Fatalf("openssl %v: %v", args, err)
		}
		return out
	}
	cert := filepath.Join(dir, "cert.pem")
	run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=supplier", "-keyout", key, "-out", cert)
	if err := os.WriteFile(in, content, 0o600); err != nil {
		t.Fatal(err)
	}
	expanded := append([]string{"cms"}, args...)
	for i, arg := range expanded {
		expanded[i] = strings.NewReplacer("KEY", key, "CERT", cert).Replace(arg)
	}
	return run(append(expanded, "-in", in)...)
}

func TestParseOpensOpaqueSMIME(t *testing.T) {
	pdf := fakePDF(36, 70_000)
	entity := []byte(attach("Content-Type: application/pdf; name=contract.pdf", "X: y", pdf))
	sign := []string{"-sign", "-nodetach", "-binary", "-signer", "CERT", "-inkey", "KEY", "-outform", "DER"}
	tests := map[string]struct {
		typeLine string
		envelope []byte
		want     string
	}{
		"DER":                    {"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", opensslCMS(t, entity, sign...), "contract.pdf"},
		"BER, in segments":       {"Content-Type: application/x-pkcs7-mime; name=smime.p7m", opensslCMS(t, entity, append(sign, "-stream")...), "contract.pdf"},
		"a PDF signed as a file": {"Content-Type: application/octet-stream; name=contract.pdf.p7m", opensslCMS(t, pdf, sign...), "contract.pdf"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			message := parse(t, Limits{}, withPart(test.typeLine, test.envelope))
			wantPDFs(t, message, pdf)
			if got := message.PDFs[0]; got.Name != test.want || got.Repaired || len(message.Problems) > 0 {
				t.Errorf("found %+v, problems %+v", got, message.Problems)
			}
		})
	}
	encrypted := opensslCMS(t, entity, "-encrypt", "-outform", "DER", "-recip", "CERT")
	message := parse(t, Limits{}, withPart("Content-Type: application/pkcs7-mime; smime-type=enveloped-data", encrypted))
	if wantPDFs(t, message); len(message.Problems) != 1 || message.Problems[0].Kind != workflow.ProblemEncrypted {
		t.Errorf("encrypted: problems %+v", message.Problems)
	}
	detached := opensslCMS(t, entity, "-sign", "-binary", "-signer", "CERT", "-inkey", "KEY", "-outform", "DER")
	message = parse(t, Limits{}, withPart("Content-Type: application/pkcs7-mime; smime-type=certs-only", detached))
	if wantPDFs(t, message); len(message.Problems) > 0 {
		t.Errorf("nothing enclosed: problems %+v", message.Problems)
	}
}

// TestParseEmptyValues has nothing in it, millions of times: that costs steps, and so is not read to its end.
func TestParseEmptyValues(t *testing.T) {
	const size = 4 << 20
	body := make([]byte, size)
	binary.LittleEndian.PutUint32(body, 1)
	binary.LittleEndian.PutUint16(body[4:], 0x101e)
	binary.LittleEndian.PutUint32(body[8:], size)
	w := newWinmail()
	w.attribute(2, tnefAttachRendData, make([]byte, 14))
	w.attribute(2, tnefAttachment, body)
	segments := append([]byte("\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80\x06\x01\x2a\xa0\x80\x24\x80"),
		bytes.Repeat([]byte{4, 0}, size/2)...)
	for name, data := range map[string][]byte{"winmail.dat": w.Bytes(), "opaque S/MIME": segments} {
		file := workflow.Document{Ref: workflow.Ref{Size: int64(len(data))}, ReaderAt: bytes.NewReader(data)}
		read := &counted{ReaderAt: file.ReaderAt}
		file.ReaderAt = read
		if name == "winmail.dat" {
			if _, _, err := readTNEF(file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if content, err := openEnvelope(file); err != nil {
			t.Error(err)
		} else if text, err := io.ReadAll(content); len(text) > 0 || err != nil || !content.torn {
			t.Errorf("%s: %d bytes, torn %v, %v", name, len(text), content.torn, err)
		}
		if read.times > cursorSteps+10 {
			t.Errorf("%s: read %d times", name, read.times)
		}
	}
}

// counted counts how often it is read.
type counted struct {
	io.ReaderAt
	times int
}

func (c *counted) ReadAt(p []byte, at int64) (int, error) {
	c.times++
	return c.ReaderAt.ReadAt(p, at)
}

// FuzzPacked looks into what arrives as an archive, winmail.dat or S/MIME: whatever it is, it is no error, and costs what the limits say.
func FuzzPacked(f *testing.F) {
	w := newWinmail()
	w.attribute(2, tnefAttachRendData, make([]byte, 14))
	w.attribute(2, tnefAttachTitle, []byte("a.pdf\x00"))
	w.attribute(2, tnefAttachment, properties(property(0x102, propAttachData, fakePDF(37, 60)), property(0x1e, propAttachName, []byte("b.pdf\x00"))))
	f.Add(w.Bytes())
	f.Add(zipOf(f, "a.pdf", "合同.pdf", "b.eml"))
	f.Add(encryptedZip(f))
	segments := "\x24\x80\x04\x05%PDF-\x24\x03\x04\x01x\x00\x00"
	f.Add([]byte("\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80\x06\x01\x2a\xa0\x80" + segments))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		raw := withPart("Content-Type: application/pkcs7-mime; name=a.p7m", data)
		document := workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf([]byte(raw)), Size: int64(len(raw))}, ReaderAt: strings.NewReader(raw)}
		const most = 1 << 16
		message, closer, err := (&Parser{Limits: Limits{Parts: 20, Decoded: most, Header: 4096}, Spool: dir}).Parse(t.Context(), document)
		if err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for _, found := range message.PDFs {
			total += found.Document.Size
		}
		if total > most {
			t.Errorf("%d bytes decoded", total)
		}
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	})
}
