package contract

import (
	"fmt"

	"github.com/skip2/go-qrcode"

	"contractd/signer/font"
	"contractd/workflow"
)

// The page, in millimetres from its upper left, and the sizes of text, in points.
const (
	pageWidth    = 210.0
	pageHeight   = 297.0
	left         = 28.0
	right        = pageWidth - 26.0
	top          = 30.0
	bottom       = pageHeight - 27.0
	contentWidth = right - left

	titleSize  = 20.0
	bodySize   = 12.0 // 小四
	tableSize  = 10.5 // 五号
	smallSize  = 9.0
	tinySize   = 7.5
	lineFactor = 1.7

	millimetre = 72 / 25.4 // In points.
)

// textOp is one run of text at a baseline.
type textOp struct {
	x, y    float64
	size    float64
	bold    bool
	spacing float64 // Between characters, in points.
	text    string
}

// boxOp is a filled rectangle, also a rule.
type boxOp struct{ x, y, width, height float64 }

// placeOp is where a party seals.
type placeOp struct {
	party string
	x, y  float64
}

// page is what stands on one page.
type page struct {
	texts  []textOp
	boxes  []boxOp
	places []placeOp
}

// sheet lays blocks out, page after page.
type sheet struct {
	face  *font.Font
	data  Data
	pages []*page
	y     float64 // The upper edge of what comes next.
	next  blockKind
}

func newSheet(face *font.Font, data Data) *sheet {
	s := &sheet{face: face, data: data}
	s.turn()
	return s
}

// page returns the page that is being filled.
func (s *sheet) page() *page { return s.pages[len(s.pages)-1] }

// turn begins a page.
func (s *sheet) turn() {
	s.pages = append(s.pages, &page{})
	s.y = top
}

// room turns the page unless so many millimetres are left on it.
func (s *sheet) room(height float64) {
	if s.y+height > bottom && s.y > top {
		s.turn()
	}
}

// width returns a text's width in millimetres.
func (s *sheet) width(text string, size float64) float64 {
	return s.face.Width(text) * size / millimetre
}

// put places text with its baseline at y.
func (s *sheet) put(x, y, size float64, bold bool, text string) {
	s.page().texts = append(s.page().texts, textOp{x: x, y: y, size: size, bold: bold, text: text})
}

// lineHeight returns the distance of lines in millimetres.
func lineHeight(size float64) float64 { return size * lineFactor / millimetre }

// baseline returns how far a line's baseline lies below its upper edge: the line's middle is the characters' middle.
func baseline(size float64) float64 { return lineHeight(size)/2 + 0.36*size/millimetre }

// rule draws a line.
func (s *sheet) rule(x, y, width, height float64) {
	s.page().boxes = append(s.page().boxes, boxOp{x, y, width, height})
}

// code puts the QR code on the first page's upper right corner, with the code to be read by people below it.
func (s *sheet) code(text, human string) error {
	if len(human) > 64 {
		return fmt.Errorf("make QR code: the verification code has more than 64 characters: %w", workflow.ErrUsage)
	}
	symbol, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return fmt.Errorf("make QR code: %w: %w", err, workflow.ErrUsage)
	}
	symbol.DisableBorder = true
	modules := symbol.Bitmap()
	const size = 21.0
	module := size / float64(len(modules))
	x, y := right-size, 12.0
	for row, line := range modules {
		for from := 0; from < len(line); from++ {
			to := from
			for to < len(line) && line[to] {
				to++
			}
			if to > from {
				s.rule(x+float64(from)*module, y+float64(row)*module, float64(to-from)*module, module)
				from = to
			}
		}
	}
	caption := "验证码 " + human
	s.put(right-max(size, s.width(caption, tinySize)), y+size+4, tinySize, false, caption)
	return nil
}

// finish writes what depends on how many pages there are.
func (s *sheet) finish() {
	number := "合同编号：" + s.data.Number
	title := wrap(s.data.Title, (contentWidth-5-s.width(number, smallSize))*millimetre/smallSize-1, 0, s.face.Width)
	if len(title) > 1 {
		title[0] += "…"
	}
	for i, p := range s.pages {
		foot := fmt.Sprintf("第 %d 页  共 %d 页", i+1, len(s.pages))
		p.texts = append(p.texts, textOp{x: (pageWidth - s.width(foot, smallSize)) / 2, y: pageHeight - 15, size: smallSize, text: foot})
		if i == 0 {
			continue
		}
		p.texts = append(p.texts,
			textOp{x: left, y: 19, size: smallSize, text: title[0]},
			textOp{x: right - s.width(number, smallSize), y: 19, size: smallSize, text: number})
		p.boxes = append(p.boxes, boxOp{left, 21, contentWidth, 0.15})
	}
}
