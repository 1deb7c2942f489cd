package cli

import (
	"crypto/sha256"
	"errors"
	"testing"

	"contractd/signer"
	"contractd/workflow"
)

// A sealer that says it signed, and did not, must not be believed.
func TestCheckSealedBelievesNobody(t *testing.T) {
	document, closer, err := openPlain("../../../testdata/pdf/fpdf.pdf")
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close() // Only read.
	claimed := signer.Result{Size: document.Size, SHA256: document.Hash, Signatures: []signer.Signature{{Value: sha256.Sum256([]byte("signature"))}}}
	if err := checkSealed(t.Context(), document, claimed); !errors.Is(err, workflow.ErrIntegrity) {
		t.Errorf("got %v", err)
	}
}

func TestLanguageOf(t *testing.T) {
	for _, tt := range []struct {
		flag, lang, all string
		want            workflow.Language
		fails           bool
	}{
		{"", "zh_CN.UTF-8", "", workflow.Chinese, false},
		{"", "zh_CN.UTF-8", "C", workflow.English, false},
		{"", "", "", workflow.English, false},
		{"en", "zh_CN.UTF-8", "", workflow.English, false},
		{"zh-CN", "C", "", workflow.Chinese, false},
		{"fr", "", "", "", true},
	} {
		t.Setenv("LANG", tt.lang)
		t.Setenv("LC_MESSAGES", "")
		t.Setenv("LC_ALL", tt.all)
		got, err := languageOf(tt.flag)
		if got != tt.want || (err != nil) != tt.fails {
			t.Errorf("%+v: %q, %v", tt, got, err)
		}
	}
}

func TestKeyFilesAreToldFromNames(t *testing.T) {
	for key, file := range map[string]bool{
		"org": false, "org.employee": false, "公司": false, "org.p12": true, "a.PFX": true, "x.pem": true, "./org": true, "keys/org": true,
	} {
		if got := (keyOptions{key: key}).isFile(); got != file {
			t.Errorf("%s: file %v", key, got)
		}
	}
}

// FuzzPlace holds what flags may say against what a seal can be.
func FuzzPlace(f *testing.F) {
	for _, seed := range [][2]string{{"1", "130,40"}, {"last", "0,0"}, {"99999999999999999999", "1e309,2"}, {"-1", "NaN,Inf"}, {"１", ","}} {
		f.Add(seed[0], seed[1], 40.0)
	}
	f.Fuzz(func(t *testing.T, page, at string, size float64) {
		where, err := signOptions{seal: string(signer.Ordinary), page: page, at: at, size: size}.place()
		if err != nil {
			return
		}
		inside := where.x >= 0 && where.x <= 5080 && where.y >= 0 && where.y <= 5080 && where.size >= 5 && where.size <= 60
		if !inside || where.page.Check() != nil {
			t.Errorf("%q %q %v: %+v", page, at, size, where)
		}
	})
}
