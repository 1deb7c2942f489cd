package signtest

import "contractd/signer/pdf"

// tagged signs a tagged document: the structure tree takes an element for the new widget. ISO 32000-2, 14.7.
func (l *Lab) tagged() ([]byte, error) {
	var r raw
	r.buf.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	r.object(1, "<< /Type /Catalog /Pages 2 0 R /MarkInfo << /Marked true >> /StructTreeRoot 5 0 R >>")
	r.object(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>")
	r.object(3, "<< /Type /Page /Parent 2 0 R /StructParents 0 /Contents 4 0 R >>")
	r.object(4, stream("", "/P << /MCID 0 >> BDC BT 72 700 Td (x) Tj ET EMC"))
	r.object(5, "<< /Type /StructTreeRoot /K 6 0 R /ParentTree << /Nums [0 [7 0 R]] >> /ParentTreeNextKey 1 >>")
	r.object(6, "<< /Type /StructElem /S /Document /P 5 0 R /K [7 0 R] >>")
	r.object(7, "<< /Type /StructElem /S /P /P 6 0 R /Pg 3 0 R /K 0 >>")
	draft := r.finish(8, "/Root 1 0 R", 0)
	out, err := l.Sign(draft, Ink{By: l.Ours})
	if err != nil {
		return nil, err
	}
	return l.Sign(out, Ink{By: l.Supplier, Boxes: []Box{seal(1, 300, 100)}, Widget: pdf.Dict{"StructParent": pdf.Integer(1)},
		Also: func(u *pdf.Update, f *pdf.File) error {
			// The widget will be the third object from here: element, value, appearance, widget.
			next := nextNumber(f)
			element := u.Add(pdf.Dict{"Type": pdf.Name("StructElem"), "S": pdf.Name("Form"), "P": pdf.Ref{Number: 6},
				"K": pdf.Dict{"Type": pdf.Name("OBJR"), "Obj": pdf.Ref{Number: next + 3}, "Pg": pdf.Ref{Number: 3}}})
			u.Set(pdf.Ref{Number: 6}, pdf.Dict{"Type": pdf.Name("StructElem"), "S": pdf.Name("Document"), "P": pdf.Ref{Number: 5},
				"K": pdf.Array{pdf.Ref{Number: 7}, element}})
			u.Set(pdf.Ref{Number: 5}, pdf.Dict{"Type": pdf.Name("StructTreeRoot"), "K": pdf.Ref{Number: 6}, "ParentTreeNextKey": pdf.Integer(2),
				"ParentTree": pdf.Dict{"Nums": pdf.Array{pdf.Integer(0), pdf.Array{pdf.Ref{Number: 7}}, pdf.Integer(1), element}}})
			return nil
		}})
}
