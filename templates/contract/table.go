package contract

import (
	"strconv"
)

// alignment of a cell's lines.
type alignment int

const (
	flushLeft alignment = iota
	center
	flushRight
)

// cell is one cell of a row, with its own width in millimetres.
type cell struct {
	width float64
	text  string
	align alignment
	bold  bool
}

type row []cell

// table is a ruled table; its first row is repeated on each page where head is set.
type table struct {
	size float64
	head bool
	rows []row
}

const (
	cellPadding = 1.6
	ruleWidth   = 0.2
)

// table lays rows out; a row is never cut unless it is higher than a page. The last two rows, such as an item and the
// total, stay together.
func (s *sheet) table(t table) {
	s.tableRule()
	for i, r := range t.rows {
		height := s.rowHeight(r, t.size)
		if i == len(t.rows)-2 {
			height += s.rowHeight(t.rows[i+1], t.size)
		}
		if s.y+height > bottom && s.y > top {
			s.turn()
			s.tableRule()
			if t.head && i > 0 {
				s.row(t.rows[0], t.size)
			}
		}
		s.row(r, t.size)
	}
}

// tableRule draws the upper edge of a table.
func (s *sheet) tableRule() { s.rule(left, s.y-ruleWidth/2, contentWidth, ruleWidth) }

// tableLine is the distance of lines within a cell, closer than in the text.
func tableLine(size float64) float64 { return size * 1.35 / millimetre }

func (s *sheet) cellLines(c cell, size float64) []string {
	return wrap(c.text, (c.width-2*cellPadding)*millimetre/size, 0, s.face.Width)
}

func (s *sheet) rowHeight(r row, size float64) float64 {
	lines := 1
	for _, c := range r {
		lines = max(lines, len(s.cellLines(c, size)))
	}
	return min(float64(lines)*tableLine(size)+2*cellPadding, bottom-top)
}

// row writes one row with its rules.
func (s *sheet) row(r row, size float64) {
	height := s.rowHeight(r, size)
	x := left
	s.rule(x-ruleWidth/2, s.y, ruleWidth, height)
	for _, c := range r {
		lines := s.cellLines(c, size)
		y := s.y + (height-float64(len(lines))*tableLine(size))/2
		for _, line := range lines {
			at := x + cellPadding
			switch free := c.width - 2*cellPadding - s.width(line, size); c.align {
			case center:
				at += free / 2
			case flushRight:
				at += free
			}
			s.put(at, y+tableLine(size)/2+0.36*size/millimetre, size, c.bold, line)
			y += tableLine(size)
		}
		x += c.width
		s.rule(x-ruleWidth/2, s.y, ruleWidth, height)
	}
	s.y += height
	s.tableRule()
}

// items writes the table of what is bought, with a column for notes only where there are any.
func (s *sheet) items() error {
	widths := []float64{11, 34, 38, 11, 16, 23, 23}
	heads := []string{"序号", "名称", "规格型号", "单位", "数量", "单价（元）", "金额（元）"}
	noted := false
	for _, item := range s.data.Items {
		noted = noted || item.Note != ""
	}
	if noted {
		widths, heads = []float64{11, 25, 32, 11, 14, 22, 23, 18}, append(heads, "备注")
	}
	if s.data.currency() != "CNY" {
		heads[5], heads[6] = "单价", "金额"
	}
	t := table{size: tableSize, head: true, rows: []row{columns(widths, center, true, heads...)}}
	for i, item := range s.data.Items {
		minor, err := item.amount()
		if err != nil {
			return err
		}
		cells := columns(widths, flushLeft, false, strconv.Itoa(i+1), item.Name, item.Model, item.Unit, item.Quantity, item.Price, figures(minor), item.Note)
		cells[0].align, cells[3].align = center, center
		cells[4].align, cells[5].align, cells[6].align = flushRight, flushRight, flushRight
		t.rows = append(t.rows, cells)
	}
	total, err := s.data.Amount()
	if err != nil {
		return err
	}
	sum := currencies[total.Currency].sign + figures(total.Minor)
	t.rows = append(t.rows, row{
		{width: 25, text: "合计", align: center, bold: true},
		{width: contentWidth - 25 - 43, text: InWords(total), bold: true},
		{width: 43, text: sum, align: flushRight, bold: true},
	})
	s.table(t)
	s.y += 2
	return nil
}

// columns makes a row; texts beyond the columns are dropped.
func columns(widths []float64, align alignment, bold bool, texts ...string) row {
	var cells row
	for i, width := range widths {
		cells = append(cells, cell{width: width, text: texts[i], align: align, bold: bold})
	}
	return cells
}
