package contract

import (
	"unicode/utf8"
)

// block lays one block out. A heading stays with the lines below it, and the last words before the signatures with those.
func (s *sheet) block(b block) error {
	switch b.kind {
	case blockTitle:
		s.title(b.text)
	case blockHeading:
		s.room(lineHeight(bodySize) * 3)
		s.y += 1.5
		s.paragraph(b.text, 0, true)
	case blockFlush:
		s.paragraph(b.text, 0, false)
	case blockParties:
		s.parties()
	case blockItems:
		return s.items()
	case blockSignatures:
		s.signatures()
	default:
		if s.next == blockSignatures {
			s.room(lineHeight(bodySize) + signatureHeight)
		}
		s.paragraph(b.text, 2, false)
	}
	return nil
}

// title writes the contract's title, and below it what identifies the contract.
func (s *sheet) title(text string) {
	s.y = max(s.y, 38)
	for _, line := range wrap(text, contentWidth*millimetre/titleSize, 0, s.face.Width) {
		s.put(left+(contentWidth-s.width(line, titleSize))/2, s.y+baseline(titleSize), titleSize, true, line)
		s.y += lineHeight(titleSize)
	}
	s.y += 3
	for _, fact := range [][2]string{{"合同编号：", s.data.Number}, {"签订日期：", day(s.data.Date)}, {"签订地点：", s.data.Place}} {
		if fact[1] != "" {
			s.put(left, s.y+baseline(tableSize), tableSize, false, fact[0]+fact[1])
			s.y += lineHeight(tableSize) * 0.9
		}
	}
	s.y += 2
}

// paragraph writes a text in full lines; all but the last are spread to the width of the page.
func (s *sheet) paragraph(text string, indent float64, bold bool) {
	width := contentWidth * millimetre / bodySize
	lines := wrap(text, width, indent, s.face.Width)
	for i, line := range lines {
		s.room(lineHeight(bodySize))
		at := left
		room := contentWidth
		if i == 0 {
			at += indent * bodySize / millimetre
			room -= indent * bodySize / millimetre
		}
		op := textOp{x: at, y: s.y + baseline(bodySize), size: bodySize, bold: bold, text: line}
		if i < len(lines)-1 {
			op.spacing = spread(room-s.width(line, bodySize), line)
		}
		s.page().texts = append(s.page().texts, op)
		s.y += lineHeight(bodySize)
	}
}

// spread returns the space, in points, to add between characters so that a line gains a width in millimetres. A line that
// lacks much stays as it is.
func spread(missing float64, line string) float64 {
	gaps := float64(utf8.RuneCountInString(line) - 1)
	if gaps < 1 || missing <= 0 {
		return 0
	}
	if each := missing * millimetre / gaps; each < bodySize*0.2 {
		return each
	}
	return 0
}

// parties writes both parties side by side, without rows that are empty on both sides.
func (s *sheet) parties() {
	buyer, seller := s.data.Buyer, s.data.Seller
	label, side := 34.0, (contentWidth-34)/2
	t := table{size: tableSize}
	t.rows = append(t.rows, row{{width: label, text: "", bold: true}, {width: side, text: "甲方（采购方）", align: center, bold: true}, {width: side, text: "乙方（供应方）", align: center, bold: true}})
	for _, fact := range [][3]string{
		{"名称", buyer.Name, seller.Name},
		{"统一社会信用代码", buyer.Code, seller.Code},
		{"住所", buyer.Address, seller.Address},
		{"法定／授权代表", buyer.Representative, seller.Representative},
		{"联系人", buyer.Contact, seller.Contact},
		{"联系电话", buyer.Phone, seller.Phone},
		{"指定电子邮箱", buyer.Mailbox, seller.Mailbox},
		{"开户银行", buyer.Bank, seller.Bank},
		{"账号", buyer.Account, seller.Account},
	} {
		if fact[1] != "" || fact[2] != "" {
			t.rows = append(t.rows, row{{width: label, text: fact[0], align: center}, {width: side, text: fact[1]}, {width: side, text: fact[2]}})
		}
	}
	s.table(t)
	s.y += 3
}

// signatureHeight is what the signatures need, so that they stand on one page.
const signatureHeight = 86.0

// signatures writes where both parties seal: company seal on the left of each half, the person below.
func (s *sheet) signatures() {
	s.room(signatureHeight)
	start := s.y + 4
	half := contentWidth / 2
	for i, side := range []struct {
		party, title string
		of           Party
	}{{"buyer", "甲方（盖章）：", s.data.Buyer}, {"seller", "乙方（盖章）：", s.data.Seller}} {
		x, y := left+float64(i)*half, start
		s.put(x, y+baseline(bodySize), bodySize, true, side.title)
		y += lineHeight(bodySize)
		for _, line := range wrap(side.of.Name, (half-4)*millimetre/bodySize, 0, s.face.Width) {
			s.put(x, y+baseline(bodySize), bodySize, false, line)
			y += lineHeight(bodySize)
		}
		s.page().places = append(s.page().places, placeOp{side.party, x + 24, start + 36})
		for j, label := range []string{"法定代表人或授权代表（签名）：", "日期：        年      月      日"} {
			s.put(x, start+58+float64(j)*lineHeight(bodySize)*1.4+baseline(bodySize), bodySize, false, label)
		}
	}
	s.y = start + signatureHeight - 4
}
