package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"

	"contractd/workflow"
)

func (s *session) login(ctx context.Context) error {
	secret, err := s.account.Password()
	if err != nil {
		return fmt.Errorf("read password of account %q: %w: %w", s.account.Name, err, workflow.ErrCredential)
	}
	err = s.run(ctx, fmt.Sprintf("log in as %q", s.account.User), func() error { return s.authenticate(secret) })
	refused := (*imap.Error)(nil)
	if !errors.As(err, &refused) || refused.Type == imap.StatusResponseTypeBye || passing(refused) {
		return err
	}
	return workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrCredential), s.account.loginHint())
}

func (s *session) authenticate(secret string) error {
	switch s.account.Login {
	case LoginXOAuth2:
		return s.client.Authenticate(&xoauth2{s.account.User, secret})
	case LoginOAuthBearer:
		return s.client.Authenticate(sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{
			Username: s.account.User, Token: secret, Host: s.account.Host, Port: s.account.Port,
		}))
	}
	caps := s.client.Caps()
	// RFC 9051, 6.2.3: LOGIN is text without a charset; AUTHENTICATE PLAIN is UTF-8.
	if caps.Has(imap.CapLoginDisabled) || !ascii(s.account.User+secret) && caps.Has(imap.AuthCap(sasl.Plain)) {
		return s.client.Authenticate(sasl.NewPlainClient("", s.account.User, secret))
	}
	return s.client.Login(s.account.User, secret).Wait()
}

// passing reports whether a refusal says of itself that it will pass (RFC 5530).
func passing(refused *imap.Error) bool {
	return slices.Contains([]imap.ResponseCode{
		imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeServerBug, imap.ResponseCodeLimit,
	}, refused.Code)
}

// loginHint names the cure. Chinese providers want an authorisation code in place of the password.
func (a *Account) loginHint() string {
	host := strings.ToLower(a.Host)
	for _, provider := range []string{"qq.com", "163.com", "126.com", "yeah.net", "188.com", "aliyun.com", "sina.com", "sohu.com"} {
		if host == provider || strings.HasSuffix(host, "."+provider) {
			return "switch IMAP on in the mailbox's settings, and use its authorisation code (授权码) as the password"
		}
	}
	return "check user and password, and whether the provider allows IMAP for this mailbox"
}

// unsafeLogin names the cure for NetEase's refusal, which comes with SELECT though it means the login.
func unsafeLogin(err error) error {
	if err == nil || !strings.Contains(strings.ToLower(err.Error()), "unsafe login") {
		return err
	}
	return workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrCredential),
		"switch IMAP on in the mailbox's settings and use its authorisation code (授权码); the provider may have to release the account")
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 126 || r < 32 }) < 0
}

// xoauth2 is Microsoft's and Google's mechanism, older than RFC 7628.
type xoauth2 struct{ user, token string }

func (x *xoauth2) Start() (mechanism string, response []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the server's description of a failure with nothing, upon which it sends the failure itself.
func (x *xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }
