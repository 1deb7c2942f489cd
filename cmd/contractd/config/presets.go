package config

import (
	"slices"
	"strings"

	"contractd/workflow"
)

// Provider is a mail provider that `init` knows. The zero Provider is a server of one's own, whose hosts are asked.
type Provider struct {
	Name    string // what `init` accepts
	Title   string // for people
	Domains []string
	IMAP    Server
	SMTP    Server
	Sent    string // the Sent folder, where the server does not mark it (RFC 6154)
	Parent  string // what the names of a user's own folders begin with
	hints   map[workflow.Language]string
}

// Server is the place of one mail service.
type Server struct {
	Host string
	Port Port
	TLS  TLS
}

// Hint says in the language what to do at the provider before its mailbox can be used.
func (p Provider) Hint(language workflow.Language) string { return p.hints[language] }

// Folders returns names for the folders of judged messages in the language.
func (p Provider) Folders(language workflow.Language) FiledInto {
	if language == workflow.Chinese {
		return FiledInto{Archive: p.Parent + "合同已归档", Review: p.Parent + "合同待审核",
			Rejected: p.Parent + "合同未通过", Ignored: p.Parent + "合同无关"}
	}
	return FiledInto{Archive: p.Parent + "Contracts archived", Review: p.Parent + "Contracts to review",
		Rejected: p.Parent + "Contracts rejected", Ignored: p.Parent + "Contracts unrelated"}
}

// ProviderOf returns the provider of an address by its domain.
func ProviderOf(address string) (Provider, bool) {
	_, domain, _ := strings.Cut(address, "@")
	i := slices.IndexFunc(Presets(), func(p Provider) bool {
		return slices.Contains(p.Domains, strings.ToLower(domain))
	})
	if i < 0 {
		return Provider{}, false
	}
	return Presets()[i], true
}

func direct(host string, port Port) Server { return Server{host, port, TLSDirect} }

// Presets returns the known providers. Company domains hosted by one of them are chosen by name.
func Presets() []Provider {
	return []Provider{
		{
			Name: "qq", Title: "QQ 邮箱", Domains: []string{"qq.com", "vip.qq.com", "foxmail.com"},
			IMAP: direct("imap.qq.com", 993), SMTP: direct("smtp.qq.com", 465),
			Sent: "Sent Messages", Parent: "其他文件夹/",
			hints: bilingual(
				"密码处填授权码,不是 QQ 密码:网页版邮箱 设置 → 账号与安全,开启 IMAP/SMTP 服务后生成授权码。改 QQ 密码后授权码失效,须重新生成。",
				"The password is an authorisation code (授权码), not the QQ password: switch on IMAP/SMTP in the web mail's "+
					"settings, account and security, and create one. It expires when the QQ password changes."),
		},
		{
			Name: "exmail", Title: "腾讯企业邮箱", Domains: []string{"exmail.qq.com"},
			IMAP: direct("imap.exmail.qq.com", 993), SMTP: direct("smtp.exmail.qq.com", 465),
			Sent: "Sent Messages", Parent: "其他文件夹/",
			hints: bilingual(
				"若企业开启了安全登录,密码处填客户端专用密码:网页版邮箱 设置 → 邮箱绑定/账户安全 中生成;管理员须允许 IMAP/SMTP。",
				"Where secure login is on, the password is a client password (客户端专用密码) made in the web mail's settings; "+
					"the administrator must allow IMAP/SMTP."),
		},
		netease("163", "网易 163 邮箱", "163.com"),
		netease("126", "网易 126 邮箱", "126.com"),
		{
			Name: "gmail", Title: "Gmail", Domains: []string{"gmail.com", "googlemail.com"},
			IMAP: direct("imap.gmail.com", 993), SMTP: direct("smtp.gmail.com", 465),
			hints: bilingual(
				"密码处填应用专用密码:先开启两步验证,再在 Google 账号的安全设置中生成。",
				"The password is an app password: switch on 2-step verification, then create one in the account's security settings."),
		},
		{
			Name: "outlook", Title: "Outlook / Microsoft 365", Domains: []string{"outlook.com", "hotmail.com", "live.com"},
			IMAP: direct("outlook.office365.com", 993), SMTP: Server{"smtp.office365.com", 587, TLSStartTLS},
			hints: bilingual(
				"微软云邮箱已停止用密码登录 IMAP,只接受 OAuth;此预设仅适用于仍允许密码登录的企业。自建 Exchange 请填自己的服务器。",
				"Microsoft's cloud refuses passwords for IMAP and wants OAuth; this preset serves only organisations that still "+
					"allow them. For an Exchange of your own, name its host."),
		},
		{
			Name: "dovecot", Title: "Dovecot + Postfix",
			IMAP: Server{"", 993, TLSDirect}, SMTP: Server{"", 587, TLSStartTLS},
			hints: bilingual(
				"自建服务器:填写主机名;若证书由自己的 CA 签发,请设置 ca。",
				"A server of your own: name its host, and set ca when its certificate comes from a CA of your own."),
		},
	}
}

func netease(name, title, domain string) Provider {
	return Provider{
		Name: name, Title: title, Domains: []string{domain},
		IMAP: direct("imap."+domain, 993), SMTP: direct("smtp."+domain, 465), Sent: "已发送",
		hints: bilingual(
			"密码处填授权码,不是登录密码:网页版邮箱 设置 → POP3/SMTP/IMAP,开启 IMAP/SMTP 服务后新增授权密码;授权码有有效期,到期须更换。",
			"The password is an authorisation code (授权码), not the login password: switch on IMAP/SMTP in the web mail's "+
				"settings, POP3/SMTP/IMAP, and add one. Codes expire after a time and must be replaced."),
	}
}

func bilingual(chinese, english string) map[workflow.Language]string {
	return map[workflow.Language]string{workflow.Chinese: chinese, workflow.English: english}
}
