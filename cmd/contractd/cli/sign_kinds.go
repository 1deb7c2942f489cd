package cli

import (
	"fmt"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"contractd/signer"
	"contractd/signer/place"
)

// kindOptions are the flags of sign that say how seals of several pages are placed.
type kindOptions struct {
	edge     string
	along    float64
	first    float64
	slices   int
	twoSided bool
	single   string
	separate bool
}

func (o *kindOptions) kindFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.edge, "edge", string(signer.Right), "riding: the edge at which the pages lie upon each other: right, left, top or bottom")
	flags.Float64Var(&o.along, "along", 0, "riding: where the seal begins on that edge, in mm from its lower or left end (default: in its middle)")
	flags.Float64Var(&o.first, "first", 0, "riding: share of the picture on the first page, under 1 (default: as on the others)")
	flags.IntVar(&o.slices, "slices", signer.DefaultLimit, "riding: slices of one picture at most; more pages get whole pictures over groups")
	flags.BoolVar(&o.twoSided, "two-sided", false, "riding: printed on both sides, even pages have the other edge")
	flags.StringVar(&o.single, "single", string(signer.Refuse), "riding over a single page: refuse or ordinary")
	flags.BoolVar(&o.separate, "separate", false, "a signature for each mark, in place of one for all")
}

// pagesOf reads --pages: by default the last page of an ordinary seal, all of the others.
func pagesOf(kind signer.Kind, text string) (signer.Selection, error) {
	if text == "" {
		if kind == signer.Ordinary {
			return signer.LastPage, nil
		}
		return signer.AllPages, nil
	}
	pages := signer.Selection(text)
	if err := pages.Check(); err != nil {
		return pages, fmt.Errorf("--pages: %w", err)
	}
	return pages, nil
}

// has reports whether a flag stands on the command line.
func (o signOptions) has(flag string) bool { return o.given != nil && o.given(flag) }

// checkFlags refuses what belongs to another kind of seal: it would be ignored.
func (o signOptions) checkFlags() error {
	const ordinary, pages, riding, invisible = signer.Ordinary, signer.MultiPage, signer.Riding, signer.Invisible
	if !slices.Contains([]signer.Kind{ordinary, pages, riding, invisible}, signer.Kind(o.seal)) {
		return usage("ordinary, pages, riding or invisible", "--seal %q is none", o.seal)
	}
	if o.image != "" && o.seal == string(invisible) {
		return usage("leave the image out, or choose --seal ordinary", "--image with --seal invisible")
	}
	for _, rule := range []struct {
		flags []string
		kinds []signer.Kind
	}{
		{[]string{"edge", "along", "first", "slices", "two-sided", "single"}, []signer.Kind{riding}},
		{[]string{"pages", "size", "clear"}, []signer.Kind{ordinary, pages, riding}},
		{[]string{"generate", "text-only", "lines", "font"}, []signer.Kind{ordinary, pages}},
	} {
		for _, flag := range rule.flags {
			if o.has(flag) && !slices.Contains(rule.kinds, signer.Kind(o.seal)) {
				return usage(fmt.Sprintf("leave it out, or choose --seal %s", rule.kinds[0]), "--%s with --seal %s", flag, o.seal)
			}
		}
	}
	if len(o.prepare) == 0 && (o.has("prepare-size") || o.has("prepare-pages")) {
		return usage("name the field with --prepare NAME=PLACE", "--prepare-size or --prepare-pages without --prepare")
	}
	return nil
}

// checkPlace refuses an --at that the kind of seal cannot have, and what a place in a field leaves no choice of.
func (o signOptions) checkPlace(p placement, spec place.Spec) error {
	switch inField := spec.Kind == place.InField; {
	case o.has("at") && p.kind == signer.Riding:
		return usage("it stands at an edge: see --edge and --along", "--at with --seal riding")
	case o.has("at") && p.kind == signer.Invisible && !inField:
		return usage("leave it out, name field:NAME, or choose --seal ordinary", "--at %s with --seal invisible", o.at)
	case inField && p.kind == signer.MultiPage:
		return usage("a field takes one seal: choose --seal ordinary", "--at %s with --seal pages", o.at)
	case inField && o.has("pages"):
		return usage("leave it out: the field says on which page it is", "--pages with --at %s", o.at)
	case inField && o.clear && slices.ContainsFunc(p.fields, func(f emptyField) bool { return f.name == spec.Field }):
		return usage("leave it out, and prepare the field in white space: free:X,Y", "--clear with a field that the same command prepares")
	}
	return nil
}

// ride completes the placement of a riding seal.
func (o signOptions) ride(p placement) (placement, error) {
	switch {
	case o.image == "":
		return p, usage("name its PNG with --image; text cannot be cut over pages", "--seal riding without a picture")
	case o.slices < 2:
		return p, usage("2 or more; for whole pictures choose --seal pages", "--slices %d", o.slices)
	case o.has("first") && o.first == 0:
		return p, usage("over 0 and under 1, as 0.4; left out, all pages have the same share", "--first 0")
	}
	p.slices = signer.Slices{
		Edge: signer.Edge(o.edge), First: o.first, Limit: o.slices, TwoSided: o.twoSided, Single: signer.Single(o.single),
	}
	if o.has("along") {
		p.slices.Along = &o.along
	}
	if err := p.slices.Check(); err != nil {
		return p, err
	}
	return p, o.checkSize()
}

// checkSize keeps to what verdicts accept.
func (o signOptions) checkSize() error {
	if !(o.size >= 5 && o.size <= 60) {
		return usage("5 to 60", "--size %v mm", o.size)
	}
	return nil
}

// markSeen is one mark as sign prints it, in millimetres from the lower left of the page as seen.
type markSeen struct {
	Page   int     `json:"page"`
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
	Field  string  `json:"field"` // Of the signature that covers it.
}

func marksSeen(marks []signer.Mark) []markSeen {
	hundredths := func(v float64) float64 { return math.Round(v*100) / 100 }
	all := make([]markSeen, 0, len(marks))
	for _, m := range marks {
		all = append(all, markSeen{m.Page, hundredths(m.X), hundredths(m.Y), hundredths(m.Width), hundredths(m.Height), m.Field})
	}
	return all
}
