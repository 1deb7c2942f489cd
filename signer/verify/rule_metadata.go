package verify

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"

	"contractd/signer/pdf"
	"contractd/workflow"
)

const maxMetadata = 4 << 20

// metadataRule lets the XMP packet be replaced by another: clients note when the file was changed. ISO 32000-2, 14.3.2.
func (w *walk) metadataRule(before, after pdf.Dict) error {
	at := place{reason: workflow.ReasonStructure, path: "/Metadata"}
	equal, err := w.equal(before["Metadata"], after["Metadata"], at)
	if err != nil || equal {
		return err
	}
	_, isRef := after["Metadata"].(pdf.Ref)
	value, err := w.new.Resolve(after["Metadata"])
	if err != nil {
		return err
	}
	stream, ok := value.(*pdf.Stream)
	if !ok || !isRef || stream.Dict.Name("Type") != "Metadata" || stream.Dict.Name("Subtype") != "XML" {
		w.differ(at, "it is %s, not an XMP stream", kindOf(value))
		return nil
	}
	data, err := w.new.Decode(stream)
	if err != nil {
		return err
	}
	if err := checkXMP(data); err != nil {
		w.differ(at, "%v", err)
		return nil
	}
	w.allow(workflow.ChangeLTA, workflow.ReasonStructure, at, "")
	return nil
}

// checkXMP wants well-formed XML with RDF in it and no document type: entities are how XML attacks its readers.
func checkXMP(data []byte) error {
	if len(data) > maxMetadata {
		return errors.New("metadata is too long")
	}
	decoder := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	rdf := false
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.Directive:
			return errors.New("metadata has a document type")
		case xml.StartElement:
			rdf = rdf || t.Name.Local == "RDF"
		}
	}
	if !rdf {
		return errors.New("metadata has no RDF")
	}
	return nil
}

// infoRule lets the document information dictionary say something else, as long as it is text. It is no content.
// ISO 32000-2, 14.3.3.
func (w *walk) infoRule() error {
	at := place{reason: workflow.ReasonStructure, path: "/Info"}
	info, err := w.new.Info()
	if err != nil {
		return err
	}
	old, err := w.old.Info()
	if err != nil {
		return err
	}
	for _, key := range keysOf(old, info) {
		equal, err := w.equal(old[key], info[key], at)
		if err != nil {
			return err
		}
		if equal {
			continue
		}
		value, err := w.new.Resolve(info[key])
		if err != nil {
			return err
		}
		switch value.(type) {
		case nil, pdf.String, pdf.Name, pdf.Integer:
			w.allow(workflow.ChangeLTA, workflow.ReasonStructure, at.at("/"+string(key)), "")
		default:
			w.differ(at.at("/"+string(key)), "it is %s", kindOf(value))
		}
	}
	return nil
}
