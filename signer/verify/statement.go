package verify

import (
	"slices"
	"strings"
	"unicode/utf8"

	"contractd/signer/cms"
	"contractd/signer/pdf"
	"contractd/workflow"
)

// harmlessStatements are what common clients put into a signature unasked, or say nothing beyond "I sign".
var harmlessStatements = []string{
	"合同签署", "签署合同", "签署", "同意", "盖章", "电子签章", "电子签名", "确认", "我是此文档的作者", "我已审阅此文档", "我批准此文档", "我同意此文档的条款",
	"我正在批准本文档", "我是该文档的作者", "I am approving this document", "I am the author of this document",
	"I have reviewed this document", "I agree to the terms defined by the placement of my signature on this document",
	"Signed", "Approved", "Agreed", "Contract", "I approve this document", "I accept the terms of this document",
}

// statements reads the words that were signed beside the document; verification.md, 13. "Only clauses 1 to 3 accepted"
// must never pass unseen, so that what is not known word for word is for a person.
func (c *fileCase) statements() error {
	for _, s := range c.found {
		for _, key := range []pdf.Name{"Reason", "Location", "ContactInfo", "Name"} {
			text, known := c.signedText(s, key)
			if text == "" {
				continue
			}
			if key != "Name" {
				s.out.Statement = append(s.out.Statement, text)
			}
			if c.opts.Sent != nil && s.out.Side == workflow.SideTheirs && !known {
				s.doubt(workflow.ReasonStatement, "/%s says %.80q", key, text)
			}
		}
		if c.opts.Sent != nil && s.out.Side == workflow.SideTheirs && s.cms != nil {
			c.commitments(s)
		}
	}
	return nil
}

func (c *fileCase) signedText(s *signature, key pdf.Name) (text string, known bool) {
	if s.dict == nil {
		return "", true
	}
	return c.words(s.first, s.dict[key], s)
}

// words reads a text that a signer may have written, and says whether it says nothing. What should be a text and is
// something else is never known: viewers may show it all the same.
func (c *fileCase) words(r *pdf.Revision, value pdf.Object, by *signature) (text string, known bool) {
	value, err := r.Resolve(value)
	if err != nil {
		return err.Error(), false
	}
	switch v := value.(type) {
	case nil:
		return "", true
	case pdf.String:
		text = strings.TrimSpace(pdf.Text(v))
		// Poppler writes UTF-8 without its mark: the names that it means are known, although viewers show other letters.
		return text, text == "" || c.known(text, by) || utf8.Valid(v.Value) && c.known(strings.TrimSpace(string(v.Value)), by)
	case pdf.Name:
		return "/" + string(v), false
	}
	return kindOf(value), false
}

// commitments looks for what a signature commits to in its signed attributes; ETSI EN 319 122-1, 5.2.3 and 5.2.9.
func (c *fileCase) commitments(s *signature) {
	for _, attribute := range s.cms.Signer.Signed {
		if !attribute.Type.Equal(cms.OIDCommitmentType) && !attribute.Type.Equal(cms.OIDSignaturePolicy) {
			continue
		}
		if !slices.Contains(c.opts.Statements, attribute.Type.String()) {
			s.doubt(workflow.ReasonStatement, "signed attribute %s", attribute.Type)
		}
	}
}

// known says whether a text is one of the harmless ones, or a name that the certificate bears anyway.
func (c *fileCase) known(text string, s *signature) bool {
	same := func(other string) bool {
		return sameName(strings.TrimRight(other, ".。"), strings.TrimRight(text, ".。"))
	}
	if slices.ContainsFunc(harmlessStatements, same) || slices.ContainsFunc(c.opts.Statements, same) {
		return true
	}
	if same(s.out.Signer) {
		return true
	}
	return s.out.Certificate != nil && (same(s.out.Certificate.Organization) || slices.ContainsFunc(s.out.Certificate.Codes, same))
}
