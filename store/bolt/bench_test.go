package bolt_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"contractd/store/bolt"
	"contractd/store/documents"
	"contractd/workflow"
)

// BenchmarkApply records one contract with a new document each time, where the default puts it
// and in the other place.
func BenchmarkApply(b *testing.B) {
	for _, size := range []int{200 << 10, 1 << 20} {
		for name, inlineMax := range map[string]int64{"file": bolt.NoInline, "database": 1 << 30} {
			b.Run(fmt.Sprintf("%dKiB/%s", size>>10, name), func(b *testing.B) { benchmarkApply(b, size, inlineMax) })
		}
	}
}

func benchmarkApply(b *testing.B, size int, inlineMax int64) {
	dir := b.TempDir()
	folder, err := documents.Open(filepath.Join(dir, "documents"))
	if err != nil {
		b.Fatal(err)
	}
	ledger, err := bolt.Open(b.Context(), bolt.Options{Path: filepath.Join(dir, "contractd.db"), Blobs: folder, InlineMax: inlineMax})
	if err != nil {
		b.Fatal(err)
	}
	defer ledger.Close() // The folder is thrown away.
	content := make([]byte, size)
	rand.Read(content)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		binary.BigEndian.PutUint64(content, uint64(i))
		ref := workflow.Ref{Hash: workflow.HashOf(content), Size: int64(size)}
		number := fmt.Sprintf("B-%d", i)
		err := ledger.Apply(b.Context(), workflow.Change{
			Documents: []workflow.Document{{Ref: ref, ReaderAt: bytes.NewReader(content)}},
			Contracts: []workflow.Contract{{ID: workflow.ContractID(number), Number: number, Version: 1, State: workflow.StateDraft, Draft: ref}},
			Entries:   []workflow.Entry{{Action: workflow.ActCreated, Subject: "contract/" + number}},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkContracts answers the archive's usual question among ten thousand contracts.
func BenchmarkContracts(b *testing.B) {
	ledger, err := bolt.Open(b.Context(), bolt.Options{Path: filepath.Join(b.TempDir(), "contractd.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer ledger.Close() // The folder is thrown away.
	draft := workflow.Ref{Hash: workflow.HashOf([]byte("draft")), Size: 5}
	change := workflow.Change{Documents: []workflow.Document{{Ref: draft, ReaderAt: bytes.NewReader([]byte("draft"))}}}
	for i := range 10_000 {
		number := fmt.Sprintf("B-%05d", i)
		change.Contracts = append(change.Contracts, workflow.Contract{
			ID: workflow.ContractID(number), Number: number, Version: 1, State: workflow.StateDraft, Draft: draft,
			Supplier: workflow.SupplierID(fmt.Sprintf("s%d", i%50)),
		})
	}
	if err := ledger.Apply(b.Context(), change); err != nil {
		b.Fatal(err)
	}
	for name, filter := range map[string]workflow.ContractFilter{
		"supplier": {Supplier: "s7"}, "number": {Number: "B-012*"}, "newest": {Limit: 50}, "text": {Text: "09999"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if found, err := ledger.Contracts(b.Context(), filter); err != nil || len(found) == 0 {
					b.Fatal(len(found), err)
				}
			}
		})
	}
}

// BenchmarkTally counts among a hundred thousand contracts, most of them archived, beside reading them all as `status`
// did before.
func BenchmarkTally(b *testing.B) {
	ledger, err := bolt.Open(b.Context(), bolt.Options{Path: filepath.Join(b.TempDir(), "contractd.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer ledger.Close() // The folder is thrown away.
	const contracts, part = 100_000, 5_000
	for from := 0; from < contracts; from += part {
		if err := fillTally(b, ledger, from, part); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("tally", func(b *testing.B) {
		for b.Loop() {
			tally, err := ledger.Tally(b.Context(), time.Now())
			if err != nil || tally.Contracts[workflow.StateDraft]+tally.Contracts[workflow.StateSealed] != contracts {
				b.Fatal(tally, err)
			}
		}
	})
	b.Run("reading all", func(b *testing.B) {
		for b.Loop() {
			if found, err := ledger.Contracts(b.Context(), workflow.ContractFilter{}); err != nil || len(found) != contracts {
				b.Fatal(len(found), err)
			}
		}
	})
}

// fillTally adds contracts with their documents' reference, five deliveries and an arrival each.
func fillTally(b *testing.B, ledger *bolt.Ledger, from, count int) error {
	b.Helper()
	draft := workflow.Ref{Hash: workflow.HashOf([]byte("draft")), Size: 5}
	change := workflow.Change{Documents: []workflow.Document{{Ref: draft, ReaderAt: bytes.NewReader([]byte("draft"))}}}
	for n := range count {
		id := fmt.Sprintf("%06d", from+n)
		change.Contracts = append(change.Contracts, workflow.Contract{
			ID: workflow.ContractID(id), Number: "B-" + id, Version: 1, State: workflow.StateDraft, Draft: draft, Deadline: time.Now(),
		})
		for d := range 5 {
			delivery := workflow.Delivery{ID: workflow.DeliveryID(fmt.Sprint(id, "-", d)), State: workflow.DeliveryAccepted}
			if n%500 == 0 {
				delivery.State = workflow.DeliveryQueued
			}
			change.Deliveries = append(change.Deliveries, delivery)
		}
		change.Arrivals = append(change.Arrivals, workflow.Arrival{ID: workflow.ArrivalID(id), Raw: draft, State: workflow.ArrivalFiled})
	}
	return ledger.Apply(b.Context(), change)
}
