package cli

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/signer/cms"
	"contractd/workflow"
)

// signOptions are the flags of sign.
type signOptions struct {
	keyOptions
	out        string
	seal       string
	image      string
	page       string
	at         string
	size       float64
	reason     string
	location   string
	timestamps []string
	tsaRoots   []string
	level      string
	profile    string
	font       string
	force      bool
	folder     string
	parallel   int
}

func (e *env) sign() *cobra.Command {
	var options signOptions
	cmd := &cobra.Command{
		Use:   "sign IN.pdf… -o OUT.pdf|-O FOLDER --key NAME|FILE.p12|FILE.pem",
		Short: "Seal a PDF file (签章)",
		Long: "sign places a seal on a PDF and signs it. IN is not changed: OUT begins with exactly its bytes, or is not written at all.\n" +
			"What IN holds already is verified first and told; a seal over a broken signature is refused.\n\n" +
			"A key file needs neither configuration nor daemon. A key NAME is one of the configuration's [[keys]]; what the flags\n" +
			"leave out of timestamps and font is then taken from there too. A PIN is read from --pin-file or asked, and tried once.\n\n" +
			"With -O, each IN is sealed into FOLDER under its own name, several at once. A repeated command goes on where the one before\n" +
			"was interrupted: what stands there sealed by the same key over the same bytes is left alone. A token that is lost on the\n" +
			"way is waited for.\n\n" +
			"Exit codes: 1 the PDF, a file or a timestamp authority cannot be used; 2 wrong usage; 5 IN is not there;\n" +
			"6 refused: OUT exists, a signature in IN is broken, or the certificate may not sign; 7 key or PIN.",
		Example: "  contractd sign contract.pdf -o sealed.pdf --key company.p12 --pin-file company.pin --image seal.png --pages last --at 130,40\n" +
			"  contractd sign sealed.pdf -o both.pdf --key wang.pem --seal invisible --timestamp http://tsa.example.com --tsa-root tsa.pem\n" +
			"  contractd sign contracts/*.pdf -O sealed --key org --image seal.png",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if options.folder != "" || len(args) > 1 {
				return e.runSignMany(cmd.Context(), args, options)
			}
			return e.runSign(cmd.Context(), args[0], options)
		},
	}
	flags := cmd.Flags()
	options.keyFlags(cmd)
	flags.StringVarP(&options.out, "output", "o", "", "the file to write")
	flags.StringVar(&options.seal, "seal", string(signer.Ordinary), "ordinary (普通签章) or invisible; pages (多页) and riding (骑缝) are coming")
	flags.StringVar(&options.image, "image", "", "PNG of the seal (default: a mark of text)")
	flags.StringVar(&options.page, "pages", "last", "the page that shows the seal: 1, last or N")
	flags.StringVar(&options.at, "at", "130,40", "X,Y in mm from the lower left of the page as seen")
	flags.Float64Var(&options.size, "size", signer.DefaultSize, "longer side of the image in mm")
	flags.StringVar(&options.reason, "reason", "", "reason that is signed and shown")
	flags.StringVar(&options.location, "location", "", "place that is signed")
	flags.StringArrayVar(&options.timestamps, "timestamp", nil, "URL of a timestamp authority (repeatable, tried in order)")
	flags.StringArrayVar(&options.tsaRoots, "tsa-root", nil, "PEM file or folder of the authorities' roots (repeatable)")
	flags.StringVar(&options.level, "level", "", "B-B or B-T (default: B-T with a --timestamp, else B-B)")
	flags.StringVar(&options.profile, "profile", string(config.SubFilterPKCS7), "pkcs7 (adbe.pkcs7.detached) or cades (ETSI.CAdES.detached)")
	flags.StringVar(&options.font, "font", "", "TrueType font of the text (default: the first Chinese one found)")
	flags.BoolVar(&options.force, "force", false, "replace OUT")
	flags.StringVarP(&options.folder, "output-folder", "O", "", "the folder to write into, for many files")
	flags.IntVar(&options.parallel, "parallel", 0, "with -O: how many files at once (default: the number of processors, or [[keys]] sessions)")
	return cmd
}

func (o *keyOptions) keyFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.key, "key", "", "key file (.p12, .pfx, .pem), or the name of a configured key")
	cmd.Flags().StringVar(&o.pinFile, "pin-file", "", "file that holds the PIN and that only you may read (default: asked)")
}

// placement is where and how a seal shows.
type placement struct {
	kind signer.Kind
	page signer.Selection
	x, y float64
	size float64
}

func usage(hint, format string, args ...any) error {
	return workflow.WithHint(fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), workflow.ErrUsage), hint)
}

// check refuses what cannot work before anything is read.
func (o signOptions) check() error {
	if o.out == "" {
		return usage("name the file to write with -o", "no output")
	}
	for _, text := range o.timestamps {
		if u, err := url.Parse(text); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return usage("it begins with http:// or https://", "--timestamp %q is no address", text)
		}
	}
	if len(o.timestamps) > 0 && len(o.tsaRoots) == 0 && o.isFile() {
		return usage("a timestamp counts only under a root that is named: add --tsa-root PEM", "--timestamp without --tsa-root")
	}
	if _, err := o.profileOf(); err != nil {
		return err
	}
	if err := o.checkLevel(); err != nil {
		return err
	}
	return o.keyOptions.check()
}

func (o signOptions) checkLevel() error {
	switch o.level {
	case "":
		return nil
	case string(config.LevelBB):
		if len(o.timestamps) > 0 {
			return usage("leave --timestamp out, or choose B-T", "--level B-B with --timestamp")
		}
		return nil
	case string(config.LevelBT):
		if len(o.timestamps) == 0 && o.isFile() {
			return usage("name a timestamp authority with --timestamp URL", "--level B-T without --timestamp")
		}
		return nil
	case "B-LT", "B-LTA":
		return usage("B-B and B-T are there", "--level %s is not there yet, it is coming", o.level)
	}
	return usage("B-B or B-T", "--level %q is none", o.level)
}

func (o signOptions) profileOf() (cms.Profile, error) {
	switch config.SubFilter(o.profile) {
	case config.SubFilterPKCS7:
		return cms.PKCS7, nil
	case config.SubFilterCAdES:
		return cms.CAdES, nil
	}
	return cms.PKCS7, usage("pkcs7 or cades", "--profile %q is none", o.profile)
}

// place reads the flags that say where the seal shows.
func (o signOptions) place() (placement, error) {
	p := placement{kind: signer.Kind(o.seal), size: o.size}
	switch p.kind {
	case signer.Invisible:
		if o.image != "" {
			return p, usage("leave the image out, or choose --seal ordinary", "--image with --seal invisible")
		}
		return p, nil
	case signer.Ordinary:
	case signer.MultiPage, signer.Riding:
		return p, usage("ordinary and invisible seals are there", "--seal %s is not there yet, it is coming", o.seal)
	default:
		return p, usage("ordinary or invisible", "--seal %q is none", o.seal)
	}
	var page config.Page
	if err := page.UnmarshalText([]byte(o.page)); err != nil {
		return p, usage("1, last or N; more pages under one signature are coming", "--pages %q is no single page", o.page)
	}
	p.page = selected(page)
	x, y, _ := strings.Cut(o.at, ",")
	var err error
	if p.x, err = millimetres(x); err == nil {
		p.y, err = millimetres(y)
	}
	if err != nil {
		return p, usage("two numbers, as 130,40", "--at %q is no place", o.at)
	}
	if p.size < 5 || p.size > 60 { // Verdicts accept no larger mark.
		return p, usage("5 to 60", "--size %v mm", p.size)
	}
	return p, nil
}

func selected(page config.Page) signer.Selection { return signer.OnPage(int(page)) }

func millimetres(text string) (float64, error) {
	value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err == nil && !(value >= 0 && value <= 5080) { // ISO 32000-2, annex C: the largest page.
		err = strconv.ErrRange
	}
	return value, err
}
