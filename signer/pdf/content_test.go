package pdf

import (
	"fmt"
	"testing"
)

func TestOperations(t *testing.T) {
	all, err := Operations([]byte("q 0 0 RG 1 0 0 1 5.5 6 cm /P Do BT /F 12 Tf [(a) -250 <62>] TJ (c) ' ET\nBI /W 1 /H 1 ID \x00EIx\nEI Q % end"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var said string
	for _, operation := range all {
		said += fmt.Sprintf("%s%d ", operation.Operator, len(operation.Operands))
	}
	if said != "q0 RG2 cm6 Do1 BT0 Tf2 TJ1 '1 ET0 BI2 Q0 " {
		t.Error(said)
	}
	for _, broken := range []string{"(", "1 2", "]", "BI /W 1 ID abc", "<< /A >> x", "\x01"} {
		if _, err := Operations([]byte(broken), Limits{}); err == nil || !named(err) {
			t.Errorf("%q: %v", broken, err)
		}
	}
}

func FuzzOperations(f *testing.F) {
	for _, s := range []string{"q 1 0 0 1 5 6 cm /P Do Q", "BT /F 1 Tf [(a) -2 <62>] TJ ET", "BI /W 1 ID x EI", "1 beginbfchar <01> <0041> endbfchar"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Operations(b, fuzzLimits); !named(err) {
			t.Fatal(err)
		}
	})
}
