package pdf

import (
	"crypto/sha256"
	"fmt"
)

// notInherited are the keys of a cross-reference stream that describe it alone,
// and those that name other sections. /XRefStm is never copied: it would hide
// the update from readers that look there first.
var notInherited = [...]Name{
	"Prev", "XRefStm", "Type", "W", "Index", "Length", "Filter", "DecodeParms", "DL", "F", "FFilter", "FDecodeParms",
}

// section writes the cross-reference section of the kind that the file uses.
func (u *Update) section(w *writer, list []entry) {
	at := w.at()
	if u.base.Kind == XStream {
		u.streamSection(w, append(list, entry{number: int32(u.next), kind: kindOffset, offset: at}))
	} else {
		u.tableSection(w, list)
	}
	w.text(fmt.Sprintf("startxref\n%d\n%%%%EOF\n", at))
}

// trailer continues the newest trailer. ISO 32000-2, 7.5.6.
func (u *Update) trailer(w *writer) Dict {
	d := u.base.Trailer.Clone()
	for _, k := range notInherited {
		delete(d, k)
	}
	d["Prev"] = Integer(u.base.XRefOffset)
	d["Size"] = Integer(u.next)
	if id, ok := u.renewedID(w); ok {
		d["ID"] = id
	}
	return d
}

// renewedID keeps the first element of /ID and renews the second, which stands
// for this very state of the file. ISO 32000-2, 14.4.
func (u *Update) renewedID(w *writer) (Array, bool) {
	o, err := u.base.Resolve(u.base.Trailer["ID"])
	id, ok := o.(Array)
	if err != nil || !ok || len(id) != 2 {
		return nil, false
	}
	first, ok1 := id[0].(String)
	second, ok2 := id[1].(String)
	if !ok1 || !ok2 {
		return nil, false
	}
	h := sha256.New()
	fmt.Fprintf(h, "%x %d ", second.Value, w.base)
	h.Write(w.buf)
	return Array{String{Value: first.Value, Hex: true}, String{Value: h.Sum(nil)[:16], Hex: true}}, true
}

// runs calls do for each run of successive object numbers.
func runs(list []entry, do func(first entry, run []entry)) {
	for start := 0; start < len(list); {
		end := start + 1
		for end < len(list) && list[end].number == list[end-1].number+1 {
			end++
		}
		do(list[start], list[start:end])
		start = end
	}
}

func (u *Update) tableSection(w *writer, list []entry) {
	w.text("xref\n")
	runs(list, func(first entry, run []entry) {
		w.text(fmt.Sprintf("%d %d\n", first.number, len(run)))
		for _, e := range run {
			w.text(fmt.Sprintf("%010d %05d n\r\n", e.offset, e.second))
		}
	})
	d := u.trailer(w)
	w.text("trailer\n")
	w.object(d, 0)
	w.text("\n")
}

func (u *Update) streamSection(w *writer, list []entry) {
	d := u.trailer(w)
	self := list[len(list)-1]
	var index Array
	var data []byte
	runs(list, func(first entry, run []entry) {
		index = append(index, Integer(first.number), Integer(len(run)))
		for _, e := range run {
			data = append(data, kindOffset, byte(e.offset>>32), byte(e.offset>>24), byte(e.offset>>16), byte(e.offset>>8), byte(e.offset))
			data = append(data, byte(e.second>>8), byte(e.second))
		}
	})
	d["Type"], d["W"], d["Index"] = Name("XRef"), Array{Integer(1), Integer(5), Integer(2)}, index
	d["Size"] = Integer(self.number + 1)
	if err := u.write(w, self.ref(), &Stream{Dict: d, Raw: data}); err != nil {
		w.fail("write cross-reference stream: %w", err)
	}
}
