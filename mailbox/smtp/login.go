package smtp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"contractd/workflow"
)

func (a *Account) login(client *smtp.Client) error {
	secret, err := a.Password()
	if err != nil {
		return fmt.Errorf("read password of %q: %w: %w", a.User, err, workflow.ErrCredential)
	}
	mechanism := a.mechanism(client, secret)
	if mechanism == nil {
		return workflow.WithHint(fmt.Errorf("log in as %q: server offers no login that we know: %w", a.User, workflow.ErrCredential),
			"check port and TLS mode: many servers offer a login only after STARTTLS")
	}
	err = client.Auth(mechanism)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("log in as %q: %w", a.User, err)
	if refused := (*smtp.SMTPError)(nil); !errors.As(err, &refused) || refused.Code < 500 {
		return a.outage(err)
	}
	return workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrCredential), a.loginHint())
}

func (a *Account) mechanism(client *smtp.Client, secret string) sasl.Client {
	switch {
	case a.Login == LoginXOAuth2:
		return &xoauth2{a.User, secret}
	case a.Login == LoginOAuthBearer:
		return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: a.User, Token: secret, Host: a.Host, Port: a.Port})
	case client.SupportsAuth(sasl.Plain):
		return sasl.NewPlainClient("", a.User, secret)
	case client.SupportsAuth(sasl.Login):
		return sasl.NewLoginClient(a.User, secret)
	default:
		return nil
	}
}

// loginHint names the cure. Chinese providers want an authorisation code in place of the password.
func (a *Account) loginHint() string {
	host := strings.ToLower(a.Host)
	for _, provider := range []string{"qq.com", "163.com", "126.com", "yeah.net", "188.com", "aliyun.com", "sina.com", "sohu.com"} {
		if host == provider || strings.HasSuffix(host, "."+provider) {
			return "switch SMTP on in the mailbox's settings, and use its authorisation code (授权码) as the password"
		}
	}
	return "check user and password, and whether the provider allows SMTP for this mailbox"
}

// xoauth2 is Microsoft's and Google's mechanism, older than RFC 7628.
type xoauth2 struct{ user, token string }

func (x *xoauth2) Start() (mechanism string, response []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the server's description of a failure with nothing, upon which it sends the failure itself.
func (x *xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }
