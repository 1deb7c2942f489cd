package look

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

const (
	svgSpace     = "http://www.w3.org/2000/svg"
	elementLimit = 20_000
	depthLimit   = 64
)

// elements that are drawn, with the attributes of their own.
var elements = map[string][]string{
	"svg": {"viewBox", "width", "height"}, "g": nil, "defs": nil,
	"path": {"d"}, "rect": {"x", "y", "width", "height", "rx", "ry"}, "circle": {"cx", "cy", "r"},
	"ellipse": {"cx", "cy", "rx", "ry"}, "line": {"x1", "y1", "x2", "y2"}, "polyline": {"points"}, "polygon": {"points"},
	"use":            {"href", "x", "y"},
	"linearGradient": {"x1", "y1", "x2", "y2", "gradientTransform", "gradientUnits", "spreadMethod"},
	"radialGradient": {"cx", "cy", "r", "fx", "fy", "gradientTransform", "gradientUnits", "spreadMethod"},
	"stop":           {"offset", "stop-color", "stop-opacity"},
}

// unseen elements show nothing.
var unseen = []string{"title", "desc", "metadata"}

// painting are the properties that are drawn.
var painting = []string{
	"id", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray",
	"stroke-dashoffset", "opacity", "fill-opacity", "stroke-opacity", "transform",
}

// harmless are the beginnings of attributes that change nothing of what we draw, whatever they say.
var harmless = []string{
	"version", "baseProfile", "class", "style", "xmlns", "x", "y", "width", "height", "enable-background", "space", "lang", "preserveAspectRatio",
	"shape-rendering", "color-", "font-", "text-", "line-", "letter-", "word-", "data-", "aria-", "role", "solid-", "image-rendering", "writing-mode",
	"clip-rule", "overflow", "color", "font", "white-space", "-inkscape", "direction", "baseline-shift", "nodetypes", "cc", "stop-",
}

// plain are the values of other properties that say that nothing is asked.
var plain = []string{"none", "normal", "auto", "visible", "inline", "nonzero", "isolate", "initial", "1", "fill markers stroke", "accumulate"}

var oneScale = regexp.MustCompile(`scale\(\s*([^\s,()]+)\s*\)`)

// cleaned returns the drawing with nothing in it but what is drawn as it is meant. What would be drawn otherwise, or
// not at all, is an error that names it: a seal must not lose a part unnoticed.
func cleaned(data []byte) ([]byte, error) {
	if len(data) > svgBytesLimit {
		return nil, usage("simplify the drawing, or give a PNG", "an SVG of more than %d MB", svgBytesLimit>>20)
	}
	c := &cleaner{in: xml.NewDecoder(bytes.NewReader(data)), classes: map[string][][2]string{}, uses: map[string][]string{}}
	c.out = xml.NewEncoder(&c.kept)
	c.in.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		if strings.EqualFold(charset, "us-ascii") {
			return in, nil
		}
		return nil, fmt.Errorf("charset %q: want UTF-8", charset)
	}
	if err := c.run(); err != nil {
		return nil, usage("export it as plain SVG with everything turned into paths (文字转曲), or give a PNG", "read SVG: %v", err)
	}
	return c.kept.Bytes(), nil
}

// cleaner copies a drawing.
type cleaner struct {
	in      *xml.Decoder
	out     *xml.Encoder
	kept    bytes.Buffer
	count   int
	open    []string
	ids     []string            // Of the open elements; "" for those without.
	uses    map[string][]string // What an element with an id draws again, within.
	classes map[string][][2]string
}

func (c *cleaner) run() error {
	for {
		token, err := c.in.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = c.token(token)
		}
		if err != nil {
			return err
		}
	}
	if c.count == 0 {
		return errors.New("it draws nothing")
	}
	for id := range c.uses {
		if c.reaches(id, id, map[string]bool{}) {
			return fmt.Errorf("the element %q draws itself", id)
		}
	}
	return c.out.Flush()
}

func (c *cleaner) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return c.start(t)
	case xml.EndElement:
		name := c.open[len(c.open)-1]
		c.open, c.ids = c.open[:len(c.open)-1], c.ids[:len(c.ids)-1]
		return c.out.EncodeToken(xml.EndElement{Name: xml.Name{Local: name}})
	case xml.Directive:
		if name := strings.ToUpper(string(t)); strings.HasPrefix(name, "DOCTYPE") && !strings.ContainsAny(name, "[<") {
			return nil // Names the standard; nothing of it is fetched.
		}
		return errors.New("it declares entities")
	case xml.ProcInst:
		if t.Target != "xml" {
			return fmt.Errorf("it refers to another file (%s)", t.Target)
		}
	}
	return nil // Comments and text, which stands in no element that is drawn.
}

func (c *cleaner) start(t xml.StartElement) error {
	if c.count++; c.count > elementLimit || len(c.open) >= depthLimit {
		return fmt.Errorf("it has more than %d elements, or more than %d in one another", elementLimit, depthLimit)
	}
	name := t.Name.Local
	foreign := t.Name.Space != svgSpace && t.Name.Space != ""
	switch {
	case len(c.open) == 0 && (name != "svg" || foreign):
		return fmt.Errorf("it is a document of kind %q", name)
	case foreign, slices.Contains(unseen, name):
		return c.in.Skip()
	case name == "style":
		return c.style()
	}
	own, drawn := elements[name]
	if !drawn || name == "svg" && len(c.open) > 0 {
		return fmt.Errorf("element <%s> is not drawn", name)
	}
	attributes, err := c.attributes(t, own)
	if errors.Is(err, errHidden) {
		return c.in.Skip()
	}
	if err != nil {
		return fmt.Errorf("element <%s>: %w", name, err)
	}
	c.enter(name, attributes)
	return c.out.EncodeToken(xml.StartElement{Name: xml.Name{Local: name}, Attr: attributes})
}

// enter notes an element and, of <use>, in which elements it stands.
func (c *cleaner) enter(name string, attributes []xml.Attr) {
	id, refers := "", ""
	for _, attribute := range attributes {
		switch attribute.Name.Local {
		case "id":
			id = attribute.Value
		case "href":
			refers = strings.TrimPrefix(attribute.Value, "#")
		}
	}
	c.open, c.ids = append(c.open, name), append(c.ids, id)
	if name != "use" || refers == "" {
		return
	}
	for _, around := range c.ids {
		if around != "" {
			c.uses[around] = append(c.uses[around], refers)
		}
	}
}

// reaches reports whether drawing an element comes back to another.
func (c *cleaner) reaches(from, to string, seen map[string]bool) bool {
	for _, next := range c.uses[from] {
		if next == to {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if c.reaches(next, to, seen) {
				return true
			}
		}
	}
	return false
}

var errHidden = errors.New("not displayed")

// attributes puts classes and style into attributes; later ones win as CSS has it.
func (c *cleaner) attributes(t xml.StartElement, own []string) ([]xml.Attr, error) {
	var pairs [][2]string
	var class, style string
	for _, attr := range t.Attr {
		switch {
		case attr.Name.Local == "class" && attr.Name.Space == "":
			class = attr.Value
		case attr.Name.Local == "style" && attr.Name.Space == "":
			style = attr.Value
		case attr.Name.Local == "href", attr.Name.Space == "" || attr.Name.Space == svgSpace:
			pairs = append(pairs, [2]string{attr.Name.Local, attr.Value})
		}
	}
	for _, name := range strings.Fields(class) {
		pairs = append(pairs, c.classes[name]...)
	}
	declared, err := declarations(style)
	if err != nil {
		return nil, err
	}
	var kept []xml.Attr
	for _, pair := range append(pairs, declared...) {
		name, value := pair[0], strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(pair[1]), "!important"))
		keep, err := judge(t.Name.Local, name, value, own)
		if err != nil {
			return nil, err
		}
		if keep {
			kept = slices.DeleteFunc(kept, func(a xml.Attr) bool { return a.Name.Local == name })
			kept = append(kept, xml.Attr{Name: xml.Name{Local: name}, Value: oneScale.ReplaceAllString(value, "scale($1,$1)")})
		}
	}
	return kept, nil
}

// judge tells whether an attribute is drawn, and refuses one that is not and would change what is seen.
func judge(element, name, value string, own []string) (bool, error) {
	asks := strings.ToLower(value)
	switch {
	case strings.Contains(asks, "url(") && !strings.HasPrefix(asks, "url(#"), name == "href" && !strings.HasPrefix(value, "#"):
		return false, fmt.Errorf("%s refers to another file", name)
	case strings.HasPrefix(strings.ToLower(name), "on"):
		return false, fmt.Errorf("it holds a script (%s)", name)
	case name == "display" && asks == "none":
		return false, errHidden
	case element == "svg" && (name == "width" || name == "height") && strings.HasSuffix(value, "%"):
		return false, nil // The size of the seal says how large it is; the viewBox, of what shape.
	case slices.Contains(own, name), slices.Contains(painting, name):
		return true, nil
	case slices.Contains(plain, asks), slices.ContainsFunc(harmless, func(h string) bool {
		return name == h || strings.HasSuffix(h, "-") && strings.HasPrefix(name, h)
	}):
		return false, nil
	}
	return false, fmt.Errorf("%s=%q is not drawn", name, value)
}

// style reads a style sheet of plain classes.
func (c *cleaner) style() error {
	var text struct {
		Content string `xml:",chardata"`
	}
	if err := c.in.DecodeElement(&text, &xml.StartElement{Name: xml.Name{Local: "style"}}); err != nil {
		return err
	}
	for _, rule := range strings.SplitAfter(text.Content, "}") {
		selectors, body, found := strings.Cut(rule, "{")
		if !found {
			if strings.TrimSpace(rule) != "" {
				return fmt.Errorf("its style sheet holds %q", strings.TrimSpace(rule))
			}
			continue
		}
		declared, err := declarations(strings.TrimSuffix(body, "}"))
		if err != nil {
			return err
		}
		for _, selector := range strings.Split(selectors, ",") {
			name, isClass := strings.CutPrefix(strings.TrimSpace(selector), ".")
			if !isClass || strings.ContainsAny(name, " .:#[>+~*@") {
				return fmt.Errorf("its style sheet selects %q", strings.TrimSpace(selector))
			}
			c.classes[name] = append(c.classes[name], declared...)
		}
	}
	return nil
}

func declarations(text string) ([][2]string, error) {
	var all [][2]string
	for _, declaration := range strings.Split(text, ";") {
		if strings.TrimSpace(declaration) == "" {
			continue
		}
		name, value, found := strings.Cut(declaration, ":")
		if !found {
			return nil, fmt.Errorf("style %q", strings.TrimSpace(declaration))
		}
		all = append(all, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	return all, nil
}
