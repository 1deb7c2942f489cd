package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestCrossFaults changes one thing in a valid file and expects the one fault that follows.
func TestCrossFaults(t *testing.T) {
	for _, tt := range []struct{ name, old, new, key, part string }{
		{"imap without password", `password = { file = "mail.password" }`, ``, "mail.imap.password", "is required"},
		{"two places of a secret", `{ file = "mail.password" }`, `{ file = "a", prompt = true }`, "mail.imap.password", "several"},
		{"credential is a path", `{ file = "mail.password" }`, `{ credential = "../x" }`, "mail.imap.password.credential", "not a path"},
		{"smtp user alone", `[mail.smtp]`, "[mail.smtp]\nuser = 'a'", "mail.smtp.password", "beside a user"},
		{"smtp password alone", `[mail.smtp]`, "[mail.smtp]\npassword = { prompt = true }", "mail.smtp.user", "beside a password"},
		{"clear text to others", `[mail.smtp]`, "[mail.smtp]\ntls = 'none'\nport = 25", "mail.smtp.tls", "this machine only"},
		{"starttls at the port of tls", `[mail.imap]`, "[mail.imap]\ntls = 'starttls'", "mail.imap.port", "143"},
		{"tls at the port of starttls", `[mail.smtp]`, "[mail.smtp]\nport = 587", "mail.smtp.port", "465"},
		{"port", `[mail.smtp]`, "[mail.smtp]\nport = 70000", "mail.smtp.port", "65535"},
		{"filed into the inbox", `[mail.imap]`, "[mail.imap]\nfolders.review = 'inbox'", "mail.imap.folders.review", "arrives"},
		{"poll", `[mail.imap]`, "[mail.imap]\npoll = '1s'", "mail.imap.poll", "from 10s to 1h"},
		{"two keys of one name", `[seal]`, "[[keys]]\nname='org'\nrole='employee'\nkind='softkey'\nfile='x'\n[seal]", "keys[1].name", "twice"},
		{"text that rides", `[trust]`, "[[seal.marks]]\nkey='org'\nkind='riding'\n[trust]", "seal.marks[1].image", "required"},
		{"no pages", `[trust]`, "[[seal.marks]]\nkey='org'\nkind='pages'\npages='0'\n[trust]", "seal.marks[1].pages", "selects no pages"},
		{"pages of an ordinary seal", `[trust]`, "[[seal.marks]]\nkey='org'\npages='1-3'\n[trust]", "seal.marks[1].pages", "belongs to the kinds"},
		{"one slice", `[trust]`, "[[seal.marks]]\nkey='org'\nslices=1\n[trust]", "seal.marks[1].slices", "not 2 to 200"},
		{"all on the first page", `[trust]`, "[[seal.marks]]\nkey='org'\nfirst=1.0\n[trust]", "seal.marks[1].first", "not a share"},
		{"unseen pages", `[trust]`, "[[seal.marks]]\nkey='org'\nvisible=false\nkind='pages'\n[trust]", "seal.marks[1].kind", "visible"},
		{"two sides at the top", `[trust]`, "[[seal.marks]]\nkey='org'\nkind='riding'\nimage='a.png'\nedge='top'\ntwo_sided=true\n[trust]", "seal.marks[1].two_sided", "right or left"},
		{"beyond any edge", `[trust]`, "[[seal.marks]]\nkey='org'\nkind='riding'\nimage='a.png'\nalong=-1\n[trust]", "seal.marks[1].along", "from 0 to"},
		{"clear in a field to come", `[trust]`, "[[seal.marks]]\nkey='org'\nat='field:F'\nclear=true\n[[seal.fields]]\nname='F'\nrole='employee'\nat='9,9'\n[trust]", "seal.marks[1].clear", "seal.fields"},
		{"a riding seal at a keyword", `[trust]`, "[[seal.marks]]\nkey='org'\nkind='riding'\nimage='a.png'\nat='keyword:x'\n[trust]", "seal.marks[1].at", "does not belong"},
		{"no such key", `key = "org"`, `key = "boss"`, "seal.marks[0].key", "boss"},
		{"token settings of a file", `file = "org.p12"`, "file = 'org.p12'\nmodule = '/x.so'", "keys[0].module", "softkey"},
		{"a mechanism of a file", `file = "org.p12"`, "file = 'org.p12'\nsm2_mechanism = 0x80000B02", "keys[0].sm2_mechanism", "a token's"},
		{"a mechanism below all", `file = "org.p12"`, "file = 'org.p12'\nsm2_mechanism = -1", "keys[0].sm2_mechanism", "0xFFFFFFFF"},
		{"a mechanism above all", `file = "org.p12"`, "file = 'org.p12'\nsm2_mechanism = 0x100000000", "keys[0].sm2_mechanism", "0xFFFFFFFF"},
		{"no keys of that kind", `kind = "softkey"`, ``, "keys[0].kind", "required"},
		{"invisible image", `key = "org"`, "key = 'org'\nvisible = false\nimage = 'a.png'", "seal.marks[0].image", "visible"},
		{"B-T without authority", `level = "B-B"`, ``, "timestamp.urls", "B-T"},
		{"authority without roots", `[trust]`, "[timestamp]\nurls = ['http://t.example.com']\n[trust]", "timestamp.roots", "beside urls"},
		{"no address", `[trust]`, "[timestamp]\nurls = ['ftp://t.example.com']\nroots = ['a']\n[trust]", "timestamp.urls[0]", "http"},
		{"login in the address", `[trust]`, "[timestamp]\nurls = ['https://u:p@t.example.com']\nroots = ['a']\n[trust]", "timestamp.urls[0]", "login"},
		{"password in the clear", `[trust]`, "[timestamp]\nuser='u'\npassword={prompt=true}\nurls = ['http://t.example.com']\nroots = ['a']\n[trust]", "timestamp.urls[0]", "https"},
		{"no roots", `["roots.pem"]`, `[]`, "trust.roots", "required"},
		{"no object identifier", "roots = [\"roots.pem\"]", "roots = [\"roots.pem\"]\nidentity_extensions = ['code']", "trust.identity_extensions[0]", "object identifier"},
		{"an empty root", `["roots.pem"]`, `["a", ""]`, "trust.roots[1]", "required"},
		{"no roles", `[trust]`, "[contracts]\nrequired_roles = []\n[trust]", "contracts.required_roles", "role"},
		{"a role twice", `[trust]`, "[contracts]\nrequired_roles = ['employee', 'employee']\n[trust]", "contracts.required_roles[1]", "twice"},
		{"empty numbers", `[trust]`, "[contracts]\nnumber = '\\d*'\n[trust]", "contracts.number", "empty"},
		{"grace", `[trust]`, "[contracts]\ngrace = '4000d'\n[trust]", "contracts.grace", "3650d"},
		{"two persons of nobody", `[trust]`, "[contracts]\ntwo_persons_above = '5 CNY'\n[trust]", "contracts.two_persons_above", "names 0"},
		{"root as a second person", `[trust]`, "[contracts]\ntwo_persons_above = '5 CNY'\n" + twoPeople(0, "decide") + "[trust]", "contracts.two_persons_above", "names 1 beside root"},
		{"root by its login", `[trust]`, "[contracts]\ntwo_persons_above = '5 CNY'\n" + strings.Replace(twoPeople(7, "decide"), "uid=7", "login='root'", 1) + "[trust]",
			"contracts.two_persons_above", "names 1 beside root"},
		{"a second person without the right", `[trust]`, "[contracts]\ntwo_persons_above = '5 CNY'\n" + twoPeople(7, "send") + "[trust]", "contracts.two_persons_above", "names 1"},
		{"an empty manager", `[trust]`, "[notify]\nmanagers = ['']\n[trust]", "notify.managers[0]", "required"},
		{"login and uid", `[trust]`, "[[users]]\nname='w'\nlogin='w'\nuid=5\nrights=['administer']\n[trust]", "users[0].uid", "beside"},
		{"neither login nor uid", `[trust]`, "[[users]]\nname='w'\nrights=['administer']\n[trust]", "users[0].login", "or a uid"},
		{"API in the clear", `[trust]`, "[api]\nlisten = '0.0.0.0:8750'\n[trust]", "api.listen", "loopback"},
		{"API at every address", `[trust]`, "[api]\nlisten = ':8750'\n[trust]", "api.listen", "loopback"},
		{"API without a port", `[trust]`, "[api]\nlisten = '127.0.0.1'\n[trust]", "api.listen", "with its port"},
		{"API with no port's number", `[trust]`, "[api]\nlisten = 'localhost:http'\n[trust]", "api.listen", "65535"},
		{"certificate alone", `[trust]`, "[api]\nlisten = '0.0.0.0:8750'\ncertificate = 'a'\n[trust]", "api.key", "beside api.certificate"},
		{"key alone", `[trust]`, "[api]\nlisten = '127.0.0.1:8750'\nkey = 'a'\n[trust]", "api.certificate", "beside api.key"},
		{"TLS nowhere", `[trust]`, "[api]\ncertificate = 'a'\nkey = 'b'\n[trust]", "api.listen", "beside"},
		{"negative uid", `[trust]`, "[[users]]\nname='w'\nuid=-5\nrights=['administer']\n[trust]", "users[0].uid", "negative"},
		{"one uid for two", `[trust]`, "[[users]]\nname='w'\nuid=0\nrights=['administer']\n[[users]]\nname='v'\nuid=0\nrights=['view']\n[trust]", "users[1].uid", "twice"},
		{"no rights", `[trust]`, "[[users]]\nname='v'\nuid=1\nrights=['administer']\n[[users]]\nname='w'\nuid=0\n[trust]", "users[1].rights", "at least"},
		{"a person named as the daemon", `[trust]`, "[[users]]\nname='contractd'\nuid=5\nrights=['administer']\n[trust]", "users[0].name", "must not be"},
		{"nobody administers", `[trust]`, "[[users]]\nname='w'\nuid=0\nrights=['view']\n[trust]", "users", "administer"},
		{"a line break in a header", `name = "甲方公司"`, `name = "甲\nBcc: x@example.com"`, "company.name", "control"},
		{"a table that is none", `[company]` + "\n" + `name = "甲方公司"`, `company = 5`, "company", "must be a table"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Count(minimal, tt.old) != 1 {
				t.Fatalf("%q stands not once in the valid file", tt.old)
			}
			faults := faultsOf(t, strings.Replace(minimal, tt.old, tt.new, 1))
			if len(faults) != 1 || faults[0].Key != tt.key || !strings.Contains(faults[0].String(), tt.part) {
				t.Errorf("got %v\nwant one fault of %s with …%s…", faults, tt.key, tt.part)
			}
		})
	}
}

func TestLoopbackMayDoWithoutTLS(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1", "::1", "::ffff:127.0.0.1"} {
		text := strings.Replace(minimal, `host = "smtp.example.com"`, "host = '"+host+"'\ntls = 'none'\nport = 2525", 1)
		if _, err := Parse([]byte(text), "/c.toml"); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestEmptyFileNamesAllThatIsMissing(t *testing.T) {
	faults := faultsOf(t, "")
	for _, key := range []string{"company.name", "mail.imap.host", "mail.imap.user", "mail.imap.password", "mail.smtp.host",
		"mail.smtp.from", "keys", "seal.marks", "timestamp.urls", "trust.roots"} {
		if !strings.Contains(faults.Error(), key+": ") {
			t.Errorf("%s is not among the faults:\n%v", key, faults)
		}
	}
	for _, f := range faults {
		if f.Line != 0 {
			t.Errorf("a line in an empty file: %v", f)
		}
	}
}

func TestMetricsStayOnThisMachine(t *testing.T) {
	for listen, good := range map[string]bool{
		"": true, "127.0.0.1:9750": true, "[::1]:9750": true, "localhost:9750": true,
		"0.0.0.0:9750": false, ":9750": false, "192.0.2.1:9750": false, "127.0.0.1": false, "127.0.0.1:0": false, "127.0.0.1:http": false,
	} {
		r := &report{}
		(&Metrics{Listen: listen}).validate(r)
		if faults := r.sorted(); (len(faults) == 0) != good {
			t.Errorf("%q: %v", listen, faults)
		}
	}
}

// twoPeople names an administrator, and somebody with that uid and right.
func twoPeople(uid int, right string) string {
	return fmt.Sprintf("[[users]]\nname='w'\nuid=1\nrights=['administer']\n[[users]]\nname='v'\nuid=%d\nrights=['%s']\n", uid, right)
}

func TestTwoPeopleAreEnough(t *testing.T) {
	text := strings.Replace(minimal, "[trust]", "[contracts]\ntwo_persons_above = '5 CNY'\n"+twoPeople(7, "decide")+"[trust]", 1)
	if _, err := Parse([]byte(text), "/c.toml"); err != nil {
		t.Error(err)
	}
}
