package mailbox

import (
	"encoding/base64"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// encodedWord is RFC 2047, 2, without its limit of 75 characters and with the spaces in Q text that real mail has.
var encodedWord = regexp.MustCompile(`=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=`)

// decodeWords decodes RFC 2047 words and raw 8-bit text. Bytes of neighbouring words in one charset are joined
// before they are converted, because mailers split words inside a character. It never fails: what cannot be
// decoded stays as it is.
func decodeWords(value string) string {
	var out strings.Builder
	var pending []byte // Decoded bytes, not yet converted.
	var charset string
	flush := func() {
		out.WriteString(toUTF8(pending, charset))
		pending = nil
	}
	rest := value
	for {
		at := encodedWord.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		between := rest[:at[0]]
		name, _, _ := strings.Cut(rest[at[2]:at[3]], "*") // RFC 2231, 5: the language behind the charset.
		// RFC 2047, 6.2: white space between neighbouring words is not shown.
		if pending == nil || strings.TrimSpace(between) != "" || !strings.EqualFold(name, charset) {
			joined := pending != nil && strings.TrimSpace(between) == ""
			flush()
			if !joined {
				out.WriteString(guess([]byte(between)))
			}
		}
		charset = name
		pending = append(pending, decodeWord(rest[at[4]:at[5]], rest[at[6]:at[7]])...)
		if pending == nil {
			pending = []byte{}
		}
		rest = rest[at[1]:]
	}
	flush()
	out.WriteString(guess([]byte(rest)))
	return out.String()
}

// decodeWord returns the bytes of one word's text.
func decodeWord(form, text string) []byte {
	if strings.EqualFold(form, "b") {
		decoded, _ := decodeBase64([]byte(text)) // Always gives what could be read.
		return decoded
	}
	decoded, _ := decodeQuoted([]byte(strings.ReplaceAll(text, "_", " ")))
	return decoded
}

// decodeBase64 decodes a short text leniently and says whether it had to be repaired.
func decodeBase64(text []byte) ([]byte, bool) {
	decoder := newBase64Reader(strings.NewReader(string(text)))
	out := make([]byte, 0, base64.StdEncoding.DecodedLen(len(text)))
	for {
		chunk := make([]byte, 512)
		n, err := decoder.Read(chunk)
		out = append(out, chunk[:n]...)
		if err != nil {
			return out, decoder.Repaired()
		}
	}
}

// toUTF8 converts from a named charset; an unknown one is guessed.
func toUTF8(text []byte, charset string) string {
	if known := charsetOf(charset); known != nil {
		if converted, err := known.NewDecoder().Bytes(text); err == nil {
			return strings.ToValidUTF8(string(converted), "\uFFFD")
		}
	}
	return guess(text)
}

// charsetOf returns the named encoding, or nil for UTF-8 and for what is not known.
func charsetOf(name string) encoding.Encoding {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return nil
	case "gb2312", "gbk", "cp936", "ms936", "x-gbk", "gb18030", "gb_2312-80", "euc-cn":
		// Mail labelled gb2312 often holds characters of GBK, and GBK of GB18030, which contains both.
		return simplifiedchinese.GB18030
	}
	if strings.EqualFold(name, "hz-gb-2312") {
		return simplifiedchinese.HZGB2312
	}
	known, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	return known
}

// guess converts text of unknown charset: UTF-8 where it is valid, else GB18030.
func guess(text []byte) string {
	if utf8.Valid(text) {
		return string(text)
	}
	converted, err := simplifiedchinese.GB18030.NewDecoder().Bytes(text)
	if err != nil {
		return strings.ToValidUTF8(string(text), "\uFFFD")
	}
	return string(converted)
}
