package cli

import (
	"bytes"
	"strings"
	"testing"
)

func TestTablesAlignChinese(t *testing.T) {
	rows := table{heads: []string{"NUMBER", "TITLE", "STATE"}}
	rows.add("A-1", "采购合同", "sent")
	rows.add("A-100", "x", "“引号”…")
	var out bytes.Buffer
	if err := rows.print(&out); err != nil {
		t.Fatal(err)
	}
	want := "NUMBER  TITLE     STATE\nA-1     采购合同  sent\nA-100   x         “引号”…\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestTablesDoNotCommandTheTerminal(t *testing.T) {
	rows := table{heads: []string{"A"}}
	rows.add("red\x1b[31m\rover\u202eevil\u0085")
	var out bytes.Buffer
	if err := rows.print(&out); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\r\u202e\u0085") {
		t.Errorf("got %q", out.String())
	}
}

func TestCSVOpensInSpreadsheets(t *testing.T) {
	rows := table{heads: []string{"TITLE"}}
	rows.add("采购,\"合同\"")
	var out bytes.Buffer
	if err := rows.csv(&out); err != nil {
		t.Fatal(err)
	}
	if out.String() != "\ufeffTITLE\n\"采购,\"\"合同\"\"\"\n" {
		t.Errorf("got %q", out.String())
	}
}
