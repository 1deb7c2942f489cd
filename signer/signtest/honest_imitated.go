package signtest

import (
	"fmt"

	"contractd/signer/pdf"
)

// imitations are the shapes of clients that could not be had: after public descriptions of what they write, and what ISO 32000 and Adobe's
// "Digital Signature Appearances" and "Digital Signature Build Dictionary Specification" lay down. docs/verification.md says so.
func imitations() []recipe {
	return []recipe{
		{"acrobat-layers-and-build-data", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) { return l.countersign(sent, acrobat()) }},
		{"foxit-build-data-and-one-layer", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) { return l.countersign(sent, foxit()) }},
		{"wps-seal-and-its-field", passed, "", "signing", false, func(l *Lab, sent []byte) ([]byte, error) { return l.countersign(sent, wps()) }},
		{"netca-a-signature-a-page", passed, "", "signing", false, (*Lab).eachPage},
	}
}

// built is /Prop_Build of a signature dictionary: which program, in which version, made it.
func built(app, version string) pdf.Dict {
	date := pdf.TextString("Nov 23 2026 20:00:00")
	return pdf.Dict{
		"App":    pdf.Dict{"Name": pdf.Name(app), "OS": pdf.Array{pdf.Name("Win")}, "R": pdf.Integer(1442816), "REx": pdf.TextString(version), "TrustedMode": pdf.Bool(true)},
		"Filter": pdf.Dict{"Date": date, "Name": pdf.Name("Adobe.PPKLite"), "R": pdf.Integer(131104), "V": pdf.Integer(2)},
		"PubSec": pdf.Dict{"Date": date, "NonEFontNoWarn": pdf.Bool(true), "R": pdf.Integer(131105)},
	}
}

func layer(u *pdf.Update, resources pdf.Dict, content string) pdf.Ref {
	dict := pdf.Dict{"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "FormType": pdf.Integer(1), "BBox": pdf.Rect{Right: 113, Top: 113}.Array(),
		"Matrix": pdf.Array{pdf.Real(1), pdf.Real(0), pdf.Real(0), pdf.Real(1), pdf.Real(0), pdf.Real(0)}, "Resources": resources}
	return u.Add(pdf.FlateStream(dict, []byte(content)))
}

func latin(u *pdf.Update) pdf.Dict {
	return pdf.Dict{"Helv": u.Add(pdf.Dict{"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type1"), "BaseFont": pdf.Name("Helvetica"), "Encoding": pdf.Name("WinAnsiEncoding")})}
}

// acrobat draws layers n0 and n2 in a frame, and touches metadata, extensions and the form's resources in the same revision.
func acrobat() Ink {
	widget := pdf.Dict{"MK": pdf.Dict{}, "Ff": pdf.Integer(0)}
	return Ink{Field: "Signature5", Widget: widget, Value: pdf.Dict{"Prop_Build": built("Adobe Acrobat Pro (64-bit)", "2024.003.20180"), "Name": pdf.TextString(SupplierName)},
		Also: func(u *pdf.Update, f *pdf.File) error {
			fonts := latin(u)
			text := "q BT /Helv 8 Tf 4 60 Td (Digitally signed by) Tj 0 -10 Td (Date: 2026.11.23) Tj 0 -10 Td (20:00:00 +08'00') Tj ET Q"
			n0 := layer(u, pdf.Dict{"ProcSet": pdf.Array{pdf.Name("PDF")}}, "% DSBlank\n")
			n2 := layer(u, pdf.Dict{"Font": fonts, "ProcSet": pdf.Array{pdf.Name("PDF"), pdf.Name("Text")}}, text)
			frame := layer(u, pdf.Dict{"XObject": pdf.Dict{"n0": n0, "n2": n2}}, "q 1 0 0 1 0 0 cm /n0 Do Q q 1 0 0 1 0 0 cm /n2 Do Q")
			widget["AP"] = pdf.Dict{"N": layer(u, pdf.Dict{"XObject": pdf.Dict{"FRM": frame}}, "q 1 0 0 1 0 0 cm /FRM Do Q")}
			if err := u.SetCatalog(pdf.Dict{"Extensions": pdf.Dict{"ADBE": pdf.Dict{"BaseVersion": pdf.Name("1.7"), "ExtensionLevel": pdf.Integer(8)}}}); err != nil {
				return err
			}
			return metadata(packet)(u, f)
		}}
}

// foxit draws picture and text in one layer, and says Print only.
func foxit() Ink {
	widget := pdf.Dict{"F": pdf.Integer(4), "MK": pdf.Dict{"R": pdf.Integer(0)}, "NM": pdf.TextString("b1c5a1e0-6d2f-4b1d-9f5e-0b8d8c2b7c11"), "M": pdf.TextString("D:20261123200000+08'00'")}
	return Ink{Field: "Signature_202611232000001", Widget: widget, Value: pdf.Dict{"Prop_Build": built("Foxit PDF Editor", "13.1.2.22442")},
		Also: func(u *pdf.Update, _ *pdf.File) error {
			image := pdf.FlateStream(pdf.Dict{"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Image"), "Width": pdf.Integer(2), "Height": pdf.Integer(2),
				"ColorSpace": pdf.Name("DeviceRGB"), "BitsPerComponent": pdf.Integer(8)}, []byte("\xff\x00\x00\xff\xff\xff\xff\xff\xff\xff\x00\x00"))
			resources := pdf.Dict{"Font": latin(u), "XObject": pdf.Dict{"Im0": u.Add(image)}}
			text := "q 50 0 0 50 30 50 cm /Im0 Do Q BT /Helv 7 Tf 4 30 Td (Digitally signed by) Tj 0 -9 Td (Date: 2026-11-23 20:00:00) Tj ET"
			widget["AP"] = pdf.Dict{"N": layer(u, resources, text)}
			return nil
		}}
}

// wps signs with a seal's picture alone, its name in Chinese.
func wps() Ink {
	return Ink{Field: "签章1", Widget: pdf.Dict{"TU": pdf.TextString("电子印章"), "MK": pdf.Dict{}, "Border": pdf.Array{pdf.Integer(0), pdf.Integer(0), pdf.Integer(0)}},
		Value: pdf.Dict{"Prop_Build": built("WPS PDF", "12.1.0.17827"), "Reason": pdf.TextString("")}}
}

// eachPage signs every page by itself with the company's key, as NETCA's client does for a seal on many pages.
func (l *Lab) eachPage(sent []byte) ([]byte, error) {
	for page := range 2 {
		var err error
		name := fmt.Sprintf("NETCA_%d", page+1)
		if sent, err = l.Sign(sent, Ink{By: l.Supplier, Field: name, Boxes: []Box{seal(page+1, 300, 300)}}); err != nil {
			return nil, err
		}
	}
	return l.Sign(sent, Ink{By: l.SupplierEmployee})
}
