package workflow

import "testing"

func TestQRText(t *testing.T) {
	contract := Contract{ID: "k3m9", Number: "采购〔2026〕14号"}
	number, code, ok := ParseQR(QRText(contract.Number, contract.Code()))
	if !ok || number != contract.Number || code != contract.Code() || len(code) != 12 {
		t.Errorf("%q %q %t", number, code, ok)
	}
	if other := (Contract{ID: "k3m8"}); other.Code() == contract.Code() {
		t.Error("two versions have one code")
	}
	for _, foreign := range []string{
		"", "https://example.com", "contractd:2:A-1:00", "contractd:1:A-1", "contractd:1::00", "contractd:1:A-1:",
		"contractd:1:../x:00", "contractd:1:A 1:00", "contractd:1:A-1:0\n0",
	} {
		if number, _, ok := ParseQR(foreign); ok {
			t.Errorf("%q was taken for a code of %q", foreign, number)
		}
	}
}

func FuzzParseQR(f *testing.F) {
	f.Add("contractd:1:NJ-2026-014:8c1f2a9be07d")
	f.Add("contractd:1:采购〔2026〕14号:0")
	f.Fuzz(func(t *testing.T, text string) {
		number, code, ok := ParseQR(text)
		if ok && (QRText(number, code) != text || CheckNumber(number) != nil) {
			t.Errorf("%q became %q, %q", text, number, code)
		}
	})
}
