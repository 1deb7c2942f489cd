package cli

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"contractd/signer"
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

// ride completes the placement of a riding seal.
func (o signOptions) ride(p placement) (placement, error) {
	if o.image == "" {
		return p, usage("name its PNG with --image; text cannot be cut over pages", "--seal riding without a picture")
	}
	p.slices = signer.Slices{
		Edge: signer.Edge(o.edge), Along: o.along, First: o.first, Limit: o.slices, TwoSided: o.twoSided, Single: signer.Single(o.single),
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
