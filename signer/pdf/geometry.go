package pdf

// pointsPerMillimetre is the default unit of user space: 1/72 inch.
const pointsPerMillimetre = 72 / 25.4

// Rect is a rectangle with Left <= Right and Bottom <= Top.
type Rect struct{ Left, Bottom, Right, Top float64 }

// Width is the extent from left to right.
func (r Rect) Width() float64 { return r.Right - r.Left }

// Height is the extent from bottom to top.
func (r Rect) Height() float64 { return r.Top - r.Bottom }

// Empty says that the rectangle has no area.
func (r Rect) Empty() bool { return r.Right <= r.Left || r.Top <= r.Bottom }

// Intersect returns what r and o have in common; it may be Empty.
func (r Rect) Intersect(o Rect) Rect {
	return Rect{max(r.Left, o.Left), max(r.Bottom, o.Bottom), min(r.Right, o.Right), min(r.Top, o.Top)}
}

// Array returns the rectangle as a PDF array.
func (r Rect) Array() Array {
	return Array{Real(r.Left), Real(r.Bottom), Real(r.Right), Real(r.Top)}
}

// rect is Rect that tells null from an empty rectangle; false if
// o is null.
func (r *Revision) rect(o Object) (Rect, bool, error) {
	a, err := r.Array(o)
	if err != nil || a == nil {
		return Rect{}, false, err
	}
	if len(a) != 4 {
		return Rect{}, false, damaged("rectangle of %d numbers", len(a))
	}
	var v [4]float64
	for i := range v {
		n, err := r.Resolve(a[i])
		if err != nil {
			return Rect{}, false, err
		}
		var ok bool
		if v[i], ok = Number(n); !ok {
			return Rect{}, false, damaged("rectangle holds another thing than numbers")
		}
	}
	return Rect{min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3])}, true, nil
}

// Rect resolves o and reads a rectangle, with its corners put in order. Null is
// returned as the empty Rect.
func (r *Revision) Rect(o Object) (Rect, error) {
	rect, _, err := r.rect(o)
	return rect, err
}

// Matrix is [a b c d e f] of ISO 32000-2, 8.3.3: x' = ax + cy + e, y' = bx + dy + f.
type Matrix [6]float64

// Apply maps a point.
func (m Matrix) Apply(x, y float64) (float64, float64) {
	return m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]
}

// Mul returns the matrix that applies m first, then n.
func (m Matrix) Mul(n Matrix) Matrix {
	e, f := n.Apply(m[4], m[5])
	return Matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		e, f,
	}
}

// Inverse returns the matrix that maps back; false if there is none.
func (m Matrix) Inverse() (Matrix, bool) {
	det := m[0]*m[3] - m[1]*m[2]
	if det == 0 {
		return Matrix{}, false
	}
	n := Matrix{m[3] / det, -m[1] / det, -m[2] / det, m[0] / det}
	e, f := n.Apply(m[4], m[5])
	n[4], n[5] = -e, -f
	return n, true
}

// Array returns the matrix as a PDF array.
func (m Matrix) Array() Array {
	a := make(Array, len(m))
	for i, v := range m {
		a[i] = Real(v)
	}
	return a
}

// Bounds returns the smallest upright rectangle round r as m maps it.
func (m Matrix) Bounds(r Rect) Rect {
	x, y := m.Apply(r.Left, r.Bottom)
	out := Rect{x, y, x, y}
	for _, corner := range [][2]float64{{r.Right, r.Bottom}, {r.Left, r.Top}, {r.Right, r.Top}} {
		x, y := m.Apply(corner[0], corner[1])
		out = Rect{min(out.Left, x), min(out.Bottom, y), max(out.Right, x), max(out.Top, y)}
	}
	return out
}

// Size returns width and height of the page as seen, in millimetres.
func (p Page) Size() (width, height float64) {
	mm := p.UserUnit / pointsPerMillimetre
	width, height = p.CropBox.Width()*mm, p.CropBox.Height()*mm
	if p.Rotate == 90 || p.Rotate == 270 {
		return height, width
	}
	return width, height
}

// FromMillimetres maps a place in millimetres from the lower left of the page
// as seen to default user space. Its upper left 2×2 part turns what is upright
// for the reader into user space. ISO 32000-2, Table 31: /Rotate is clockwise,
// /UserUnit in 1/72 inch.
func (p Page) FromMillimetres() Matrix {
	k := pointsPerMillimetre / p.UserUnit
	box := p.CropBox
	switch p.Rotate {
	case 90:
		return Matrix{0, k, -k, 0, box.Right, box.Bottom}
	case 180:
		return Matrix{-k, 0, 0, -k, box.Right, box.Top}
	case 270:
		return Matrix{0, -k, k, 0, box.Left, box.Top}
	}
	return Matrix{k, 0, 0, k, box.Left, box.Bottom}
}
