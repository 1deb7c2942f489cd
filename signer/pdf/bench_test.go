package pdf

import (
	"bytes"
	"fmt"
	"testing"
)

var benchSizes = []struct {
	name  string
	pages int
	bytes int
}{{"100KB", 2, 100 << 10}, {"1MB", 10, 1 << 20}, {"20MB", 100, 20 << 20}}

func BenchmarkOpen(b *testing.B) {
	for _, size := range benchSizes {
		for _, kind := range []XRefKind{Table, XStream} {
			data := bulky(kind, size.pages, size.bytes)
			b.Run(fmt.Sprintf("%s/%s", size.name, kind), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					f := mustOpen(b, data)
					if _, err := f.Last().Pages(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkUpdate opens a file and builds the tail of a signature with its mark.
func BenchmarkUpdate(b *testing.B) {
	for _, size := range benchSizes {
		data := bulky(XStream, size.pages, size.bytes)
		b.Run(size.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				u, _ := signed(b, mustOpen(b, data))
				build(b, u)
			}
		})
	}
}

// BenchmarkGaps is the one question that reads every object.
func BenchmarkGaps(b *testing.B) {
	data := file(Table, document(5000))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if gaps, err := mustOpen(b, bytes.Clone(data)).Last().Gaps(); err != nil || len(gaps) > 0 {
			b.Fatal(gaps, err)
		}
	}
}
