package config

import (
	"reflect"
	"strings"
	"testing"

	"contractd/workflow"
)

func answers(p Provider) Answers {
	return Answers{
		Provider: p,
		DataDir:  "/srv/合同",
		Company:  `甲方"公司\` + "\u200b",
		Contact:  "采购部 王芳",
		Language: workflow.English,
		Login:    "a@example.com",
		From:     Address{"甲方, 合同", "a@example.com"},
		Password: Secret{File: "/etc/contractd/mail.password"},
		Keys: []Key{
			{Name: "org", Role: workflow.RoleOrganization, Kind: KindPKCS11, Sessions: 1, SM2Input: SM2Digest, SM2Signature: SM2Raw, PIN: Secret{Prompt: true}, Module: "/lib/x.so",
				Token: "甲方", Serial: "42", Object: "key", ID: HexID{1, 2}, Certificate: "/c.pem", Chain: "/chain.pem"},
			{Name: "employee", Role: workflow.RoleEmployee, Kind: KindSoftkey, Sessions: 1, SM2Input: SM2Digest, SM2Signature: SM2Raw, PIN: Secret{Credential: "pin"}, File: "/e.p12"},
		},
		Marks: []Mark{
			usual(Mark{Key: "org", Visible: true, Image: "/seal.png", Page: LastPage, X: 12.5, Y: 3, Size: 42}),
			usual(Mark{Key: "employee", Page: LastPage, X: 130, Y: 40, Size: 40}),
		},
		TimestampURLs:  []string{"http://a.example.com", "http://b.example.com"},
		TimestampRoots: []string{"/tsa.pem"},
		Roots:          []string{"/roots"},
		Managers:       []Address{{"王芳", "w@example.com"}},
	}
}

func TestWriteIsReadAgain(t *testing.T) {
	for _, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			if p.IMAP.Host == "" {
				p.IMAP.Host, p.SMTP.Host = "mail.example.com", "mail.example.com"
			}
			a := answers(p)
			text, err := Write(a)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Parse(text, "/etc/contractd.toml")
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			got := Answers{Provider: p, DataDir: c.DataDir, Company: c.Company.Name, Contact: c.Company.Contact,
				Language: c.Company.Language, Login: c.Mail.SMTP.User, From: c.Mail.SMTP.From, Password: c.Mail.IMAP.Password,
				Keys: c.Keys, Marks: c.Seal.Marks, TimestampURLs: c.Timestamp.URLs, TimestampRoots: c.Timestamp.Roots,
				Roots: c.Trust.Roots, Managers: c.Notify.Managers}
			if !reflect.DeepEqual(got, a) {
				t.Errorf("got  %+v\nwant %+v", got, a)
			}
			smtp := c.Mail.SMTP
			if (Server{smtp.Host, smtp.Port, smtp.TLS}) != p.SMTP || c.Mail.IMAP.Host != p.IMAP.Host || c.Mail.IMAP.Sent != p.Sent {
				t.Errorf("the provider's servers are not those of the file: %+v", c.Mail)
			}
			if c.Mail.IMAP.Folders != p.Folders(workflow.English) || c.Seal.Level != LevelBT {
				t.Errorf("folders %+v, level %s", c.Mail.IMAP.Folders, c.Seal.Level)
			}
			if !strings.Contains(string(text), p.Hint(workflow.English)) {
				t.Error("the hint is missing")
			}
		})
	}
}

func TestWriteWithoutAuthority(t *testing.T) {
	p, _ := ProviderOf("x@qq.com")
	a := answers(p)
	a.TimestampURLs, a.TimestampRoots, a.Language = nil, nil, ""
	text, err := Write(a)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(text, "/etc/contractd.toml")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if c.Seal.Level != LevelBB || c.Company.Language != workflow.Chinese || !strings.Contains(string(text), "授权码") {
		t.Errorf("level %s, language %s:\n%s", c.Seal.Level, c.Company.Language, text)
	}
}

// TestWriteNamesWhatIsMissing: an answer that nobody gave is told by Parse and not papered over.
func TestWriteNamesWhatIsMissing(t *testing.T) {
	text, err := Write(Answers{})
	if err != nil {
		t.Fatal(err)
	}
	faults := faultsOf(t, string(text))
	for _, key := range []string{"company.name", "mail.imap.host", "keys", "trust.roots"} {
		if !strings.Contains(faults.Error(), key+": ") {
			t.Errorf("%s is not among the faults: %v", key, faults)
		}
	}
}

func TestProviderOf(t *testing.T) {
	for address, want := range map[string]string{
		"a@QQ.com": "qq", "a@foxmail.com": "qq", "a@163.com": "163", "a@126.com": "126", "a@gmail.com": "gmail",
		"a@outlook.com": "outlook", "a@example.com": "", "nobody": "",
	} {
		if p, ok := ProviderOf(address); p.Name != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", address, p.Name, want)
		}
	}
	for _, p := range Presets() {
		for _, language := range []workflow.Language{workflow.Chinese, workflow.English} {
			if p.Hint(language) == "" {
				t.Errorf("%s has no hint in %s", p.Name, language)
			}
		}
	}
}

// usual gives a mark what a file need not say.
func usual(m Mark) Mark {
	m.Kind, m.Pages, m.Edge, m.Slices, m.Single = KindOrdinary, DefaultPages, EdgeRight, 20, SingleRefuse
	return m
}
