package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"contractd/workflow"
	"contractd/workflow/appearances"
)

func (e *env) appearance() *cobra.Command {
	cmd := &cobra.Command{
		Use: "appearance", Short: "The named seals: their pictures, sizes and validity (签章外观)",
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(e.appearanceAdd(), e.appearanceList(), e.appearanceShow(), e.appearanceRetire())
	return cmd
}

// appearanceOptions are the flags of appearance add.
type appearanceOptions struct {
	order       appearances.Order
	image       string
	lines       []string
	from, until string
}

func (e *env) appearanceAdd() *cobra.Command {
	var o appearanceOptions
	cmd := &cobra.Command{
		Use:   "add NAME --key KEY --image FILE | --generate company|personal --name TEXT",
		Short: "Keep a seal under a name",
		Long: "add keeps the picture of a seal under NAME, for `[[seal.marks]] appearance = \"NAME\"`: a PNG or SVG with transparency, or a JPEG or\n" +
			"PNG on white with --white-to-transparent. An SVG is drawn at 600 dpi. --generate draws a round company seal (公章) or a square\n" +
			"personal seal (私章) for trials, which says so of itself (试用 TRIAL). A name is used once: a seal that looks otherwise gets another.\n\n" +
			"Exit codes: 1 the file cannot be read; 2 wrong usage, or a picture that cannot be used; 6 the name is taken, or you may not.",
		Example: "  contractd appearance add gongzhang-2027 --key org --image seal.svg --size 40 --until 2027-12-31\n" +
			"  contractd appearance add scan --key org --image scan.jpg --white-to-transparent --lines signer,date\n" +
			"  contractd appearance add trial --key employee --generate personal --name 王芳",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.order.Name = args[0]
			return e.runAppearanceAdd(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.order.Key, "key", "", "the configured key that it belongs to")
	flags.StringVar(&o.image, "image", "", "PNG, SVG or JPEG of the seal")
	flags.BoolVar(&o.order.White, "white-to-transparent", false, "the picture stands on white: make that transparent")
	flags.Float64Var(&o.order.Size, "size", 0, "longer side in mm (default: 40; 20 for --generate personal)")
	flags.StringSliceVar(&o.lines, "lines", []string{"signer", "date", "reason"}, "text below the picture, in this order: signer, date, reason; or none")
	flags.StringVar(&o.from, "from", "", "not used before: 2026-12-31 or RFC 3339 (default: at once)")
	flags.StringVar(&o.until, "until", "", "used up to the end of that day: 2026-12-31, RFC 3339, or a span as 365d (default: without end)")
	flags.StringVar(&o.order.Generate, "generate", "", "draw a seal for trials: company (公章) or personal (私章)")
	flags.StringVar(&o.order.Text, "name", "", "the name in a generated seal")
	flags.StringVar(&o.order.Number, "number", "", "the number in a generated seal")
	return cmd
}

func (e *env) runAppearanceAdd(ctx context.Context, o appearanceOptions) (err error) {
	var picture []byte
	if o.image != "" {
		if picture, err = os.ReadFile(o.image); err != nil {
			return workflow.WithHint(fmt.Errorf("read seal image: %w", err), "name a PNG, SVG or JPEG file with --image")
		}
	}
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if o.order.From, o.order.Until, err = e.validity(o, conn.zone()); err != nil {
		return fmt.Errorf("add appearance %q: %w", o.order.Name, err)
	}
	o.order.Lines = sealLines(o.lines)
	seal, err := conn.AddAppearance(ctx, o.order, bytes.NewReader(picture))
	if err != nil {
		return err
	}
	return e.printAppearance(seal, conn.zone())
}

// sealLines reads --lines; none stands for no line.
func sealLines(texts []string) []workflow.SealLine {
	lines := []workflow.SealLine{}
	for _, text := range texts {
		if text != "none" || len(texts) > 1 {
			lines = append(lines, workflow.SealLine(text))
		}
	}
	return lines
}

// validity reads from when until when a seal may be used.
func (e *env) validity(o appearanceOptions, zone *time.Location) (from, until time.Time, err error) {
	if o.from != "" {
		if from, err = parseDay(o.from, zone, false); err != nil {
			return from, until, err
		}
	}
	if o.until != "" {
		until, err = e.spanOrDay(o.until, zone)
	}
	return from, until, err
}

func (e *env) appearanceList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the seals, retired and expired ones too", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			conn, err := e.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conn.Close()) }()
			seals, err := conn.Appearances(cmd.Context())
			if err != nil || e.json {
				return errors.Join(err, e.jsonUnless(err, seals))
			}
			rows := table{heads: []string{"APPEARANCE", "KEY", "SIZE", "PICTURE", "STATE"}}
			for _, seal := range seals {
				rows.add(seal.Name, seal.Key, fmt.Sprintf("%g mm", seal.Size), seal.Picture.Hash.Short()+" "+seal.Source, e.stateOfAppearance(seal, conn.zone()))
			}
			return rows.print(e.stdout)
		},
	}
}

func (e *env) stateOfAppearance(seal workflow.Appearance, zone *time.Location) string {
	now := e.now()
	switch {
	case !seal.Retired.IsZero():
		return "retired 已停用 " + day(seal.Retired, zone) + " by " + seal.RetiredBy
	case !seal.Until.IsZero() && !now.Before(seal.Until):
		return "expired 已过期 " + day(seal.Until, zone)
	case now.Before(seal.From):
		return "valid from 尚未生效 " + day(seal.From, zone)
	case !seal.Until.IsZero():
		return "in use until " + day(seal.Until, zone)
	}
	return "in use"
}

func (e *env) appearanceShow() *cobra.Command {
	var out string
	var force bool
	cmd := &cobra.Command{
		Use: "show NAME [-o FILE.png]", Short: "Show one seal, and write its picture as it will stand", Args: cobra.ExactArgs(1),
		Long:    "show tells everything about a seal. With -o it writes the PNG that is placed, byte for byte.\n\nExit codes: 5 no such seal; 6 FILE exists.",
		Example: "  contractd appearance show gongzhang-2027 -o preview.png",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			conn, err := e.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conn.Close()) }()
			seal, err := conn.Appearance(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if out != "" {
				if err := savePicture(cmd.Context(), conn, seal.Name, out, force); err != nil {
					return err
				}
			}
			return e.printAppearance(seal, conn.zone())
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write its picture to this PNG file")
	cmd.Flags().BoolVar(&force, "force", false, "replace the file")
	return cmd
}

func savePicture(ctx context.Context, conn *connection, name, out string, force bool) (err error) {
	if err := checkOutput("", out, force); err != nil {
		return err
	}
	picture, err := conn.AppearancePicture(ctx, name)
	if err != nil {
		return err
	}
	defer picture.Close() // Only read.
	target, err := createOutput(out, force)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	if _, err := io.Copy(target, picture); err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	return target.Commit()
}

func (e *env) appearanceRetire() *cobra.Command {
	return &cobra.Command{
		Use: "retire NAME", Short: "End the use of a seal for ever (停用)",
		Long:    "retire ends the use of a seal; what it sealed stays sealed. Marks of the configuration that name it are refused from then on.\n\nExit codes: 5 no such seal; 6 it was retired before, or you may not.",
		Example: "  contractd appearance retire gongzhang-2026",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			conn, err := e.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conn.Close()) }()
			seal, err := conn.RetireAppearance(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return e.printAppearance(seal, conn.zone())
		},
	}
}

func (e *env) printAppearance(seal workflow.Appearance, zone *time.Location) error {
	if e.json {
		return e.printJSON(seal)
	}
	lines := make([]string, len(seal.Lines))
	for i, line := range seal.Lines {
		lines[i] = string(line)
	}
	rows := table{heads: []string{"APPEARANCE", seal.Name}}
	rows.add("key", seal.Key)
	rows.add("size", fmt.Sprintf("%g mm", seal.Size))
	rows.add("picture", seal.Picture.Hash.String())
	rows.add("source", seal.Source)
	rows.add("lines", orElse(strings.Join(lines, " "), "none"))
	rows.add("state", e.stateOfAppearance(seal, zone))
	rows.add("added", day(seal.Created, zone)+" by "+seal.CreatedBy)
	return rows.print(e.stdout)
}
