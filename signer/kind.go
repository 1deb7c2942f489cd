package signer

// Kind is the way in which a seal is placed.
type Kind string

// The kinds of seals.
const (
	Ordinary  Kind = "ordinary"  // 普通签章: one mark on one page.
	MultiPage Kind = "pages"     // 多页签章: the same mark at the same place of many pages.
	Riding    Kind = "riding"    // 骑缝签章: one picture cut over the edges of many pages.
	Invisible Kind = "invisible" // A signature without a mark.
)

// Edge is the fore-edge of a document: where its pages lie upon each other, as seen.
type Edge string

// The edges.
const (
	Right  Edge = "right"
	Left   Edge = "left"
	Top    Edge = "top"
	Bottom Edge = "bottom"
)

// DefaultSize is the longer edge of a seal's picture in millimetres when none is given.
const DefaultSize = 40

// Place is where one mark of a seal stands.
type Place struct {
	Page int     // Counting from 1.
	X, Y float64 // Lower left corner of the whole mark in mm from the lower left of the page as seen.
}

// Seal is one seal of a Request.
type Seal struct {
	Kind  Kind      // Default Ordinary.
	Pages Selection // Which pages show it. Default FirstPage for an ordinary seal, AllPages for the others.
	X, Y  float64   // Lower left corner of the whole mark in mm from the lower left of the page as seen; not for Riding.
	Size  float64   // Longer edge of the picture in mm; 0 means DefaultSize.
	Image *Image    // The picture; nil for text alone. Riding needs one.
	Lines []string  // Text below the picture, a line each; needs Config.Font. Riding has none.

	Places []Place // Used in place of Pages, X and Y where each mark has a place of its own, as one found by keyword.
	Field  string  // The prepared empty signature field to fill, by its full name: it says page and place. Only Ordinary.

	Slices // Only Riding.
}

// Slices say how a riding seal is cut.
type Slices struct {
	Edge     Edge     // The fore-edge of the first page. Default Right.
	Along    *float64 // Where the seal begins, in mm along the edge from its lower or left end; nil means in its middle.
	First    float64  // Share of the picture on the first page of each group, over 0 and under 1; 0 means as much as on the others.
	Limit    int      // Most slices of one picture; more pages take whole pictures over groups of pages. 0 means DefaultLimit.
	TwoSided bool     // Printed on both sides: the fore-edge of every other page is the opposite one.
	Single   Single   // What to do with a single page. Default Refuse.
}

// Single is what becomes of a riding seal over a single page, which has nothing to ride over.
type Single string

// The ways.
const (
	Refuse   Single = "refuse"   // The document is not sealed.
	Fallback Single = "ordinary" // The whole picture stands inside the page, at the edge.
)

// DefaultLimit is how many slices one picture is cut into at most.
const DefaultLimit = 20
