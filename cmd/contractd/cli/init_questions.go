package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"contractd/cmd/contractd/config"
	"contractd/workflow"
)

// questions asks what the flags left open.
type questions struct {
	ctx     context.Context
	given   initOptions
	lines   *bufio.Reader
	out     io.Writer       // Where questions are printed; nothing is printed without a terminal.
	hidden  config.Prompter // Asks without echo; nil without a terminal.
	folder  string          // Of the configuration.
	secrets []secretFile    // To be written once all is answered.
	err     error           // The first one; nothing is asked after it.
}

func (e *env) newQuestions(ctx context.Context, options initOptions) *questions {
	q := &questions{ctx: ctx, given: options, lines: bufio.NewReader(e.stdin), out: io.Discard, folder: filepath.Dir(options.output)}
	if _, ok := e.terminal(); ok {
		q.out, q.hidden = e.stderr, e.prompter()
	}
	return q
}

// ask returns the flag's value or the answer; usual where the answer is empty.
func (q *questions) ask(given, question, usual string) string {
	if given != "" || q.err != nil {
		return given
	}
	if usual != "" {
		question += " [" + usual + "]"
	}
	fmt.Fprintf(q.out, "%s: ", question)
	line, err := answered(q.ctx, func() (string, error) { return q.lines.ReadString('\n') })
	if err != nil && !errors.Is(err, io.EOF) { // At the end of prepared answers the defaults count.
		q.err = fmt.Errorf("read answer: %w", err)
	}
	if line = strings.TrimSpace(line); line != "" {
		return line
	}
	return usual
}

// list asks for values that are separated by commas.
func (q *questions) list(given []string, question string) []string {
	if len(given) > 0 {
		return given
	}
	var all []string
	for value := range strings.SplitSeq(strings.ReplaceAll(q.ask("", question, ""), "，", ","), ",") {
		if value = strings.TrimSpace(value); value != "" {
			all = append(all, value)
		}
	}
	return all
}

// secret asks for a password without echo and notes the file to write; without an answer it is asked at every start.
func (q *questions) secret(file, question, name string) config.Secret {
	if file != "" || q.err != nil {
		return config.Secret{File: q.absolute(file)}
	}
	var answer string
	if q.hidden != nil {
		answer, q.err = q.hidden(q.ctx, question+" (empty: asked at every start)")
	} else {
		answer = q.ask("", question, "")
	}
	if answer == "" {
		return config.Secret{Prompt: true}
	}
	q.secrets = append(q.secrets, secretFile{filepath.Join(q.folder, name), answer + "\n"})
	return config.Secret{File: name}
}

// absolute keeps paths right that were given from another folder than the configuration's.
func (q *questions) absolute(path string) string {
	if path == "" || filepath.Clean(q.folder) == "." {
		return path
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return whole
}

func (q *questions) absolutes(paths []string) []string {
	paths = slices.Clone(paths)
	for n := range paths {
		paths[n] = q.absolute(paths[n])
	}
	return paths
}

// all asks everything, in the order in which the flags stand.
func (q *questions) all() (config.Answers, error) {
	g := q.given
	a := config.Answers{Company: q.ask(g.company, "Company name, as in contracts (公司名称)", "")}
	a.Language = q.language()
	a.Contact = q.ask(g.contact, "Whom may suppliers ask: name, telephone (联系人)", "")
	q.mail(&a)
	usual := "data"
	if os.Geteuid() == 0 {
		usual = config.Default().DataDir
	}
	a.DataDir = q.ask(g.dataDir, "Folder of everything that is kept (数据目录)", usual)
	if a.DataDir != usual {
		a.DataDir = q.absolute(a.DataDir)
	}
	q.key(&a, g.organization, config.Key{Name: "org", Role: workflow.RoleOrganization}, config.Mark{X: 130, Y: 40, Size: 40})
	q.key(&a, g.employee, config.Key{Name: "employee", Role: workflow.RoleEmployee}, config.Mark{X: 90, Y: 45, Size: 30})
	a.Roots = q.absolutes(q.list(g.roots, "Roots that signatures are trusted under: PEM files or folders (根证书)"))
	a.TimestampURLs = q.list(g.timestamps, "Timestamp authorities: URLs; empty for none (时间戳服务)")
	if len(a.TimestampURLs) > 0 {
		a.TimestampRoots = q.absolutes(q.list(g.tsaRoots, "Their roots: PEM files or folders (时间戳根证书)"))
	}
	a.Managers = q.addresses(q.list(g.managers, "Who is told what needs a person: addresses (管理人员邮箱)"))
	return a, q.err
}

func (q *questions) language() workflow.Language {
	answer := workflow.Language(q.ask(q.given.language, "Language of letters to suppliers, zh-CN or en (语言)", string(workflow.Chinese)))
	if q.err == nil && answer != workflow.Chinese && answer != workflow.English {
		q.err = usage("zh-CN or en", "language %q is not there", answer)
	}
	return answer
}

// mail asks for the account; a known provider needs no hosts, and its hint is told before the password is asked.
func (q *questions) mail(a *config.Answers) {
	g := q.given
	address := q.ask(g.address, "Mail address to which suppliers reply (合同邮箱)", "")
	if all := q.addresses([]string{address}); len(all) == 1 {
		a.From = all[0]
	}
	a.Provider = q.provider(a.From.Address)
	if hint := a.Provider.Hint(a.Language); hint != "" {
		fmt.Fprintf(q.out, "  %s\n", hint)
	}
	if a.Provider.IMAP.Host == "" || g.imapHost != "" {
		a.Provider.IMAP.Host = q.ask(g.imapHost, "IMAP host (收件服务器)", "imap."+domainOf(a.From.Address))
	}
	if a.Provider.SMTP.Host == "" || g.smtpHost != "" {
		a.Provider.SMTP.Host = q.ask(g.smtpHost, "SMTP host (发件服务器)", "smtp."+domainOf(a.From.Address))
	}
	a.Login = q.ask(g.login, "Login (登录名)", a.From.Address)
	a.Password = q.secret(g.passwordFile, "Mail password or 授权码", "mail.password")
}

// provider knows the account's provider by its domain, or asks.
func (q *questions) provider(address string) config.Provider {
	var names []string
	for _, preset := range config.Presets() {
		names = append(names, preset.Name)
	}
	usual := "dovecot"
	if known, ok := config.ProviderOf(address); ok {
		usual = known.Name
	}
	name := q.ask(q.given.provider, "Mail provider: "+strings.Join(names, ", ")+" (dovecot: a server of your own)", usual)
	n := slices.Index(names, name)
	if n < 0 {
		if q.err == nil {
			q.err = usage("one of "+strings.Join(names, ", "), "mail provider %q is not known", name)
		}
		return config.Provider{}
	}
	return config.Presets()[n]
}

func (q *questions) addresses(texts []string) []config.Address {
	var all []config.Address
	for _, text := range texts {
		var address config.Address
		if err := address.UnmarshalText([]byte(text)); err != nil && q.err == nil {
			q.err = usage("as name@example.com", "mail address %q: %v", text, err)
		}
		all = append(all, address)
	}
	return all
}

// key asks for one key and how its seal looks; an empty answer leaves it out.
func (q *questions) key(a *config.Answers, given keyAnswer, key config.Key, mark config.Mark) {
	file := q.ask(given.file, fmt.Sprintf("Key of the %s: a key file (.p12, .pem) or PKCS#11 module (.so); empty for none", key.Role), "")
	if file == "" {
		return
	}
	ending := strings.ToLower(filepath.Ext(file))
	if ending == ".so" {
		key.Kind, key.Module = config.KindPKCS11, q.absolute(file)
		key.Token = q.ask(given.token, "Label of its token", "")
	} else {
		key.Kind, key.File = config.KindSoftkey, q.absolute(file)
	}
	if ending != ".pem" {
		key.PIN = q.secret(given.pinFile, "Its PIN", key.Name+".pin")
	}
	mark.Key, mark.Visible, mark.Page = key.Name, true, config.LastPage
	mark.Image = q.absolute(q.ask(given.image, "PNG or SVG of its seal; empty for one drawn for trials, marked 试用 (印章图片)", ""))
	if mark.Image == "" {
		if mark.Generate = "company"; key.Role == workflow.RoleEmployee {
			mark.Generate = "personal"
		}
	}
	a.Keys, a.Marks = append(a.Keys, key), append(a.Marks, mark)
}
