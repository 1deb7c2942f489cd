package cli

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/signer/cms"
	"contractd/signer/place"
	"contractd/workflow"
)

// signOptions are the flags of sign.
type signOptions struct {
	keyOptions
	lookOptions
	kindOptions
	strengthOptions
	out     string
	seal    string
	page    string
	at      string
	clear   bool
	prepare []string

	prepareSize  string
	preparePages string

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
	shadow     config.Shadow

	given func(flag string) bool // Whether it stands on the command line; nil means none does.
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
			options.given = cmd.Flags().Changed
			if options.folder != "" || len(args) > 1 {
				return e.runSignMany(cmd.Context(), args, options)
			}
			return e.runSign(cmd.Context(), args[0], options)
		},
	}
	flags := cmd.Flags()
	options.keyFlags(cmd)
	flags.StringVarP(&options.out, "output", "o", "", "the file to write")
	flags.StringVar(&options.seal, "seal", string(signer.Ordinary), "ordinary (普通签章), pages (多页), riding (骑缝) or invisible")
	options.lookFlags(cmd)
	flags.StringVar(&options.page, "pages", "", "the pages that show the seal: all, odd, even, first, last, 1-3,5,8; -1 is the last one (default: last; for pages and riding all)")
	options.kindFlags(cmd)
	flags.StringVar(&options.at, "at", "130,40", "X,Y in mm from the lower left of the page as seen; \"keyword:甲方（盖章）\", field:NAME or free:X,Y")
	flags.BoolVar(&options.clear, "clear", false, "refuse a place where the seal would cover print")
	flags.StringArrayVar(&options.prepare, "prepare", nil, "NAME=PLACE: add an empty signature field for others before sealing (repeatable)")
	flags.StringVar(&options.prepareSize, "prepare-size", preparedSize, "width and height of such fields in mm")
	flags.StringVar(&options.preparePages, "prepare-pages", "last", "the page of such fields; a keyword is searched on all pages unless others than the last are named")
	flags.Float64Var(&options.size, "size", signer.DefaultSize, "longer side of the image in mm")
	flags.StringVar(&options.reason, "reason", "", "reason that is signed and shown")
	flags.StringVar(&options.location, "location", "", "place that is signed")
	flags.StringArrayVar(&options.timestamps, "timestamp", nil, "URL of a timestamp authority (repeatable, tried in order)")
	flags.StringArrayVar(&options.tsaRoots, "tsa-root", nil, "PEM file or folder of the authorities' roots (repeatable)")
	flags.StringVar(&options.level, "level", "", "B-B, B-T, B-LT or B-LTA (default: B-T with a --timestamp, else B-B)")
	flags.StringVar(&options.profile, "profile", string(config.SubFilterPKCS7), "pkcs7 (adbe.pkcs7.detached), cades (ETSI.CAdES.detached) or, with an SM2 key, gmt0010 (GM.sm2cms.detached)")
	options.strengthFlags(cmd)
	flags.StringVar(&options.font, "font", "", "TrueType font of the text (default: the first Chinese one found)")
	flags.BoolVar(&options.force, "force", false, "replace OUT")
	flags.StringVar((*string)(&options.shadow), "shadow", string(config.ShadowWarn), "what to do with a file that may show something else later (scripts, hidden layers, overlays): warn or refuse")
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

	slices signer.Slices

	at     string // As place.Parse reads it.
	clear  bool
	fields []emptyField
	eyes   *ownEyes
}

func usage(hint, format string, args ...any) error {
	return workflow.WithHint(fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), workflow.ErrUsage), hint)
}

// check refuses what cannot work before anything is read.
func (o signOptions) check() error {
	if err := o.checkLook(); err != nil {
		return err
	}
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
	if o.shadow != config.ShadowWarn && o.shadow != config.ShadowRefuse {
		return usage("warn or refuse", "--shadow %q is neither", o.shadow)
	}
	if _, err := o.profileOf(); err != nil {
		return err
	}
	if err := o.checkLevel(); err != nil {
		return err
	}
	if err := o.checkStrength(); err != nil {
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
	case string(config.LevelBT), string(config.LevelBLT), string(config.LevelBLTA):
		if len(o.timestamps) == 0 && o.isFile() {
			return usage("name a timestamp authority with --timestamp URL", "--level %s without --timestamp", o.level)
		}
		return nil
	}
	return usage("B-B, B-T, B-LT or B-LTA", "--level %q is none", o.level)
}

func (o signOptions) profileOf() (cms.Profile, error) {
	switch config.SubFilter(o.profile) {
	case config.SubFilterPKCS7:
		return cms.PKCS7, nil
	case config.SubFilterCAdES:
		return cms.CAdES, nil
	case config.SubFilter(cms.GMT0010):
		return cms.GMT0010, nil
	}
	return cms.PKCS7, usage("pkcs7, cades or gmt0010", "--profile %q is none", o.profile)
}

// place reads the flags that say where the seal shows.
func (o signOptions) place() (placement, error) {
	p := placement{kind: signer.Kind(o.seal), size: o.size, eyes: &ownEyes{}}
	err := o.checkFlags()
	if err != nil {
		return p, err
	}
	if p.fields, err = o.prepared(); err != nil {
		return p, err
	}
	spec, err := place.Parse(o.at)
	if err != nil {
		return p, fmt.Errorf("--at: %w", err)
	}
	if err := o.checkPlace(p, spec); err != nil {
		return p, err
	}
	if p.kind == signer.Invisible {
		if spec.Kind == place.InField {
			p.at = o.at
		}
		return p, nil
	}
	if p.page, err = pagesOf(p.kind, o.page); err != nil {
		return p, err
	}
	p.clear = o.clear
	if p.kind == signer.Riding {
		return o.ride(p)
	}
	p.at = o.at
	return p, o.checkSize()
}

func selected(page config.Page) signer.Selection { return signer.OnPage(int(page)) }
