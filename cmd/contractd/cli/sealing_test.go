package cli

import (
	"errors"
	"slices"
	"testing"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/workflow"
)

// Consecutive seals of one key are one act; a key that comes back later has a second one, found by what is sealed already.
func TestActsOfKeys(t *testing.T) {
	b := &bench{}
	var marks []config.Mark
	for _, key := range []string{"org", "org", "employee", "org"} {
		marks = append(marks, config.Mark{Key: key, Visible: true, Kind: config.KindOrdinary, Page: config.LastPage, Size: 40})
	}
	if got := keysInOrder(marks); !slices.Equal(got, []string{"org", "employee", "org"}) {
		t.Errorf("acts of %q", got)
	}
	b.acts = []sealAct{{key: "org", marks: make([]sealMark, 2)}, {key: "employee", marks: make([]sealMark, 1)}, {key: "org", marks: make([]sealMark, 1)}}
	var contract workflow.Contract
	for _, want := range []struct {
		key   string
		marks int
	}{{"org", 2}, {"employee", 1}, {"org", 1}} {
		act, err := b.act(want.key, contract)
		if err != nil || len(act.marks) != want.marks {
			t.Errorf("%s after %d batches: %d marks, %v", want.key, len(contract.Batches), len(act.marks), err)
		}
		contract.Batches = append(contract.Batches, workflow.Batch{Key: want.key})
	}
	if _, err := b.act("org", contract); !errors.Is(err, workflow.ErrPolicy) || workflow.HintOf(err) == "" {
		t.Errorf("a third act: %v", err)
	}
}

// What a table says of slices reaches the signer.
func TestSealOfATable(t *testing.T) {
	m := sealMark{Mark: config.Mark{
		Visible: true, Kind: config.KindRiding, Pages: "2-", Size: 42, Edge: config.EdgeLeft, Along: new(config.Millimetres(7)), First: 0.25, Slices: 9, TwoSided: true, Single: config.SingleOrdinary,
	}}
	seal := m.seal("广州", time.Time{}, "")
	if seal.Along == nil || *seal.Along != 7 {
		t.Errorf("begins at %v", seal.Along)
	}
	at := m
	at.Along = new(config.Millimetres(0))
	if from := at.seal("广州", time.Time{}, "").Along; from == nil || *from != 0 {
		t.Errorf("along = 0 begins at %v", from)
	}
	if at.Along = nil; at.seal("广州", time.Time{}, "").Along != nil {
		t.Error("no along is none")
	}
	want := signer.Slices{Edge: signer.Left, Along: seal.Along, First: 0.25, Limit: 9, TwoSided: true, Single: signer.Fallback}
	if seal.Kind != signer.Riding || seal.Pages != "2-" || seal.Size != 42 || seal.Slices != want || len(seal.Lines) > 0 {
		t.Errorf("%+v", seal)
	}
	m.Kind, m.Page = config.KindOrdinary, config.LastPage
	if seal := m.seal("广州", time.Time{}, ""); seal.Kind != signer.Ordinary || seal.Pages != "-1" || len(seal.Lines) != 1 {
		t.Errorf("%+v", seal)
	}
	m.Visible = false
	if seal := m.seal("广州", time.Time{}, ""); seal.Kind != signer.Invisible {
		t.Errorf("%+v", seal)
	}
}
