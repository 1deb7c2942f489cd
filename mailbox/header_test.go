package mailbox

import (
	"bytes"
	"context"
	"io"
	"net/mail"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"contractd/workflow"
)

func TestDecodeWords(t *testing.T) {
	contract := "采购合同"
	raw := gbk(t, contract)
	tests := map[string]struct{ value, want string }{
		"plain":                     {"contract NJ-2026-014", "contract NJ-2026-014"},
		"UTF-8 word":                {"=?UTF-8?B?" + b64(contract) + "?=", contract},
		"GBK word":                  {"=?GBK?B?" + b64(raw) + "?=", contract},
		"gb2312 holding GBK":        {"=?gb2312?B?" + b64(gbk(t, "镕基")) + "?=", "镕基"},
		"GB18030 beyond GBK":        {"=?gb18030?B?" + b64(in(t, simplifiedchinese.GB18030, "㐀𠀀")) + "?=", "㐀𠀀"},
		"Big5":                      {"=?big5?B?" + b64(in(t, traditionalchinese.Big5, "採購合同")) + "?=", "採購合同"},
		"Q with underscores":        {"=?utf-8?Q?NJ_=E5=90=88?=", "NJ 合"},
		"Q with illegal spaces":     {"=?utf-8?Q?NJ =E5=90=88 x?=", "NJ 合 x"},
		"words split in characters": {"=?gbk?B?" + b64(raw[:3]) + "?=\r\n =?GBK?B?" + b64(raw[3:]) + "?=", contract},
		"neighbours join":           {"=?utf-8?B?" + b64("采购") + "?= =?gbk?B?" + b64(gbk(t, "合同")) + "?= end", "采购合同 end"},
		"text between stays":        {"Re: =?utf-8?B?" + b64("采购") + "?= and =?utf-8?B?" + b64("合同") + "?=", "Re: 采购 and 合同"},
		"missing padding":           {"=?utf-8?B?" + strings.TrimRight(b64("采购a"), "=") + "?=", "采购a"},
		"longer than allowed":       {"=?utf-8?B?" + b64(strings.Repeat(contract, 20)) + "?=", strings.Repeat(contract, 20)},
		"with a language":           {"=?utf-8*zh-CN?B?" + b64(contract) + "?=", contract},
		"unknown charset":           {"=?x-nobody-knows?B?" + b64(contract) + "?=", contract},
		"raw UTF-8":                 {contract, contract},
		"raw GBK":                   {raw, contract},
		"no word":                   {"=?utf-8?X?abc?= =?=", "=?utf-8?X?abc?= =?="},
		"empty word":                {"a =?utf-8?B??= b", "a  b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := decodeWords(test.value); got != test.want {
				t.Errorf("decodeWords(%q) = %q, want %q", test.value, got, test.want)
			}
		})
	}
}

func TestFileNames(t *testing.T) {
	name := "采购合同-已签章.pdf"
	raw := gbk(t, name)
	tests := map[string]struct{ contentType, disposition, want string }{
		"RFC 2231 in UTF-8":         {"", "attachment; filename*=UTF-8''" + percent(name), name},
		"RFC 2231 in GBK":           {"", "attachment; filename*=GBK''" + percent(raw), name},
		"RFC 2231 in sections":      {"", "attachment; filename*1*=" + percent(name[7:]) + "; filename*0*=utf-8'zh'" + percent(name[:7]), name},
		"RFC 2231 without charset":  {"", "attachment; filename*=" + percent(raw), name},
		"RFC 2047 in a parameter":   {"", `attachment; filename="=?gb18030?B?` + b64(raw) + `?="`, name},
		"RFC 2047 without quotes":   {"", "attachment; filename==?gb18030?B?" + b64(raw) + "?=", name},
		"RFC 2047 folded":           {"", "attachment; filename=\"=?utf-8?B?" + b64(name[:6]) + "?=\r\n =?utf-8?B?" + b64(name[6:]) + "?=\"", name},
		"raw GBK":                   {"", `attachment; filename="` + raw + `"`, name},
		"raw GBK, 5C at the end":    {"", `attachment; filename="` + gbk(t, "合同乗") + `"; size=3`, "合同乗"},
		"raw GBK ending in 5C":      {"", `attachment; filename="` + gbk(t, "許誠.pdf") + `"`, "許誠.pdf"},
		"only in the type":          {`application/pdf; name="=?UTF-8?B?` + b64(name) + `?="`, "attachment", name},
		"both, the disposition's":   {"application/pdf; name=a.pdf", "attachment; filename=b.pdf", "b.pdf"},
		"extended outranks plain":   {"", "attachment; filename=\"tcmime.bin\"; filename*=utf-8''" + percent(name), name},
		"spaces without quotes":     {"", "attachment; filename=a contract.pdf; size=3", "a contract.pdf"},
		"a path":                    {"", `attachment; filename="../../etc/passwd"`, "passwd"},
		"a Windows path":            {"", `attachment; filename="C:\Users\me\合同.pdf"`, "合同.pdf"},
		"a path behind the charset": {"", "attachment; filename*=utf-8''..%2F..%2Fa.pdf", "a.pdf"},
		"control characters":        {"", "attachment; filename*=utf-8''a%0D%0AX-Evil:%20b%00.pdf", "aX-Evil_ b.pdf"},
		"disguised direction":       {"", "attachment; filename*=utf-8''a%E2%80%AEfdp.exe", "afdp.exe"},
		"hidden":                    {"", "attachment; filename=.bashrc", "bashrc"},
		"only dots":                 {"", "attachment; filename=..", ""},
		"nothing":                   {"", "", ""},
	}
	for label, test := range tests {
		t.Run(label, func(t *testing.T) {
			if got := fileName(parseMedia(test.disposition), parseMedia(test.contentType)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// percent escapes every byte.
func percent(text string) string {
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for _, c := range []byte(text) {
		out.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return out.String()
}

func TestFileNameIsNeverTooLong(t *testing.T) {
	got := cleanName(strings.Repeat("合同", 200) + ".pdf")
	if len(got) > maxName || !strings.HasSuffix(got, "同.pdf") {
		t.Errorf("got %d bytes: %q", len(got), got)
	}
}

func TestAutomatic(t *testing.T) {
	tests := map[string]struct {
		head string
		want workflow.Automatic
	}{
		"a person":                {"Return-Path: <sales@supplier.example>\r\n", workflow.NotAutomatic},
		"says that it is none":    {"Auto-Submitted: no\r\nX-Autoreply: no\r\n", workflow.NotAutomatic},
		"Postfix bounce":          {"Return-Path: <>\r\nAuto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n", workflow.AutoBounce},
		"provider's bounce":       {"Return-Path: <>\r\nFrom: PostMaster@qq.example\r\nContent-Type: text/html\r\n", workflow.AutoBounce},
		"Exim bounce":             {"X-Failed-Recipients: a@b.example\r\nAuto-Submitted: auto-replied\r\n", workflow.AutoBounce},
		"vacation":                {"Return-Path: <>\r\nAuto-Submitted: auto-replied (vacation)\r\n", workflow.AutoReply},
		"generated":               {"Auto-Submitted: auto-generated; owner=x\r\n", workflow.AutoReply},
		"bulk":                    {"Precedence: Bulk\r\n", workflow.AutoReply},
		"list":                    {"List-Unsubscribe: <mailto:x@y.example>\r\n", workflow.AutoReply},
		"old autoresponder":       {"X-Autoreply: yes\r\n", workflow.AutoReply},
		"confirmation of reading": {"Content-Type: multipart/report; report-type=disposition-notification; boundary=x\r\n", workflow.AutoReply},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := parse(t, Limits{}, test.head+"\r\nhello\r\n").Automatic; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestDeliveryStatusPartMakesABounce(t *testing.T) {
	raw := multipartOf(plainHead, "Content-Type: text/plain\r\n\r\nsorry", "Content-Type: message/delivery-status\r\n\r\nAction: failed")
	if got := parse(t, Limits{}, raw).Automatic; got != workflow.AutoBounce {
		t.Errorf("got %q", got)
	}
	forwarded := multipartOf(plainHead, "Content-Type: message/rfc822\r\n\r\n"+strings.ReplaceAll(raw, "=_b", "=_c"))
	if got := parse(t, Limits{}, forwarded).Automatic; got != workflow.NotAutomatic {
		t.Errorf("forwarded: got %q", got)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte(plainHead + "\r\nbody"))
	f.Add([]byte("From x\n: no name\n folded\nSubject: =?gbk?Q?=B2=C9?= =?gbk?B?uro=?=\n\n"))
	f.Add([]byte("Content-Disposition: attachment; filename*0*=gbk''%B2; filename*1*=%C9; filename=\"a\\\"b\"\r\n\r\n"))
	f.Add([]byte("To: a@b.example <c@d.example, \"x\" <e@f.example>\r\nDate: Mon, 23 Nov 2026 18:23:00 +0800\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		head, body, err := readHeader(context.Background(), io.NewSectionReader(bytes.NewReader(raw), 0, int64(len(raw))), 4096)
		if err == nil && body.Size() > int64(len(raw)) {
			t.Fatal("the body is longer than the message")
		}
		for _, f := range head {
			name := fileName(parseMedia(f.value), parseMedia(f.value))
			if strings.ContainsAny(name, "/\\\r\n\x00") || len(name) > maxName {
				t.Errorf("file name %q", name)
			}
			if text := oneLine(decodeWords(f.value)); strings.ContainsAny(text, "\r\n\x00") {
				t.Errorf("text %q", text)
			}
			for _, address := range addresses([]string{f.value}) {
				if strings.ContainsAny(address, "\r\n") {
					t.Errorf("address %q", address)
				}
			}
			firstID(f.value)
			date(f.value)
		}
		references(head)
		automatic(head, false)
	})
}

// TestDecodeWordsAgreesWithTheStandardLibrary guards against lenience that changes what proper words say.
func TestDecodeWordsAgreesWithTheStandardLibrary(t *testing.T) {
	address := mail.Address{Name: "南京小山层办公用品有限公司合同专用邮箱，请勿回复", Address: "a@b.example"}
	name, _, _ := strings.Cut(address.String(), " <")
	if got := decodeWords(name); got != address.Name {
		t.Errorf("got %q, want %q", got, address.Name)
	}
}
