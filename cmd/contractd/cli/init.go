package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/config"
	"contractd/workflow"
)

// initOptions are the flags of init; each answers a question before it is asked.
type initOptions struct {
	output   string
	force    bool
	testMail bool

	company      string
	language     string
	contact      string
	address      string
	provider     string
	imapHost     string
	smtpHost     string
	login        string
	passwordFile string
	dataDir      string
	organization keyAnswer
	employee     keyAnswer
	roots        []string
	timestamps   []string
	tsaRoots     []string
	managers     []string
}

// keyAnswer says where one key is.
type keyAnswer struct {
	file    string // A key file, or a PKCS#11 module.
	token   string
	pinFile string
	image   string
}

func (e *env) init() *cobra.Command {
	var options initOptions
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a configuration from a few answers (初始化)",
		Long: "init asks for company, mail account, keys, roots and timestamp authority, and writes a commented configuration. A flag answers\n" +
			"its question before it is asked. Passwords and PINs are asked without echo and written into files beside the configuration\n" +
			"that only you may read.\n\n" +
			"Without a terminal the answers are read from standard input, a line each, in the order of the flags below; an\n" +
			"empty line takes the default.\n\n" +
			"Exit codes: 1 a file cannot be written; 2 an answer cannot be used; 6 a file exists already.",
		Example: "  contractd init\n" +
			"  contractd init --company 广州某某科技有限公司 --address hetong@example.com --provider dovecot --output /etc/contractd/config.toml",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.runInit(cmd.Context(), options) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&options.output, "output", "contractd.toml", "the file to write")
	flags.BoolVar(&options.force, "force", false, "replace files that exist")
	flags.BoolVar(&options.testMail, "test-mail", false, "mail a test to yourself afterwards")
	flags.StringVar(&options.company, "company", "", "company name as in contracts")
	flags.StringVar(&options.language, "language", "", "zh-CN or en: of letters to suppliers")
	flags.StringVar(&options.contact, "contact", "", "one line that tells suppliers whom to ask")
	flags.StringVar(&options.address, "address", "", "mail address to which suppliers reply")
	flags.StringVar(&options.provider, "provider", "", "mail provider: qq, exmail, 163, 126, gmail, outlook or dovecot (default: by the address)")
	flags.StringVar(&options.imapHost, "imap-host", "", "host of a server of one's own")
	flags.StringVar(&options.smtpHost, "smtp-host", "", "the same for outgoing mail")
	flags.StringVar(&options.login, "login", "", "login of the mail account (default: the address)")
	flags.StringVar(&options.passwordFile, "password-file", "", "file that holds the mail password")
	flags.StringVar(&options.dataDir, "data-dir", "", "folder of everything that contractd keeps")
	options.organization.keyFlags(cmd, "organization")
	options.employee.keyFlags(cmd, "employee")
	flags.StringArrayVar(&options.roots, "root", nil, "PEM file or folder of trusted roots (repeatable)")
	flags.StringArrayVar(&options.timestamps, "timestamp", nil, "URL of a timestamp authority (repeatable)")
	flags.StringArrayVar(&options.tsaRoots, "tsa-root", nil, "PEM file or folder of the authorities' roots (repeatable)")
	flags.StringArrayVar(&options.managers, "manager", nil, "address that is told what needs a person (repeatable)")
	return cmd
}

func (k *keyAnswer) keyFlags(cmd *cobra.Command, role string) {
	flags := cmd.Flags()
	flags.StringVar(&k.file, role, "", "key file (.p12, .pem) or PKCS#11 module (.so) of the "+role)
	flags.StringVar(&k.token, role+"-token", "", "label of the token behind the module")
	flags.StringVar(&k.pinFile, role+"-pin-file", "", "file that holds its PIN")
	flags.StringVar(&k.image, role+"-image", "", "PNG of its seal")
}

func (e *env) runInit(ctx context.Context, options initOptions) error {
	if _, err := os.Lstat(options.output); !options.force && !errors.Is(err, fs.ErrNotExist) {
		return workflow.WithHint(fmt.Errorf("write %s, which is there: %w", options.output, workflow.ErrExists),
			"name another file with --output, or replace it with --force")
	}
	questions := e.newQuestions(ctx, options)
	answers, err := questions.all()
	if err != nil {
		return fmt.Errorf("write %s: %w", options.output, err)
	}
	text, err := config.Write(answers)
	if err != nil {
		return err
	}
	files := append(questions.secrets, secretFile{options.output, string(text)})
	for _, file := range files { // All or none.
		if err := checkOutput("", file.path, options.force); err != nil {
			return err
		}
	}
	for _, secret := range files {
		if err := secret.write(options.force); err != nil {
			return err
		}
		fmt.Fprintf(e.stdout, "written: %s\n", secret.path)
	}
	return e.afterInit(ctx, options)
}

// secretFile is a file for its owner alone.
type secretFile struct{ path, text string }

// write puts the file in place whole; an existing one is only replaced by force.
func (s secretFile) write(force bool) error {
	target, err := createOutput(s.path, force)
	if err != nil {
		return err
	}
	if err = target.Chmod(0o600); err == nil { // Before anything is in it.
		_, err = target.WriteString(s.text)
	}
	if err == nil {
		err = target.Commit()
	}
	return errors.Join(err, target.Close())
}

// afterInit reads what was written, and says what is missing and what comes next.
func (e *env) afterInit(ctx context.Context, options initOptions) error {
	cfg, err := config.Load(options.output)
	missing, isFaults := err.(config.Faults)
	if err != nil && !isFaults {
		return err
	}
	if err == nil {
		missing = cfg.CheckFiles()
	}
	if len(missing) > 0 {
		fmt.Fprintln(e.stdout, "still missing:")
		for _, fault := range missing {
			fmt.Fprintf(e.stdout, "  %s\n", fault)
		}
	}
	flag := ""
	if filepath.Clean(options.output) != "contractd.toml" {
		flag = " --config " + options.output
	}
	fmt.Fprintf(e.stdout, "next:\n  contractd doctor%[1]s\n  contractd supplier add NAME%[1]s --name … --mail …\n  contractd serve%[1]s\n", flag)
	if !options.testMail {
		return nil
	}
	if cfg == nil {
		return workflow.WithHint(fmt.Errorf("mail a test: the configuration is not complete: %w", workflow.ErrUsage), "complete it, then run `contractd doctor`")
	}
	return e.mailTest(ctx, cfg)
}
