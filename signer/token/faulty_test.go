//go:build cgo && unix

package token

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"contractd/signer/token/faulty"
)

// broken builds the faulty module over the tokens of softHSM.
func broken(t *testing.T) *faulty.Module {
	t.Helper()
	h := softHSM(t)
	headers, err := faulty.Headers()
	if err == nil {
		var m *faulty.Module
		if m, err = faulty.Build(t.TempDir(), headers, h.Module); err == nil {
			for _, entry := range m.Environment() {
				name, value, _ := strings.Cut(entry, "=")
				t.Setenv(name, value)
			}
			return m
		}
	}
	if errors.Is(err, faulty.ErrCompiler) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	t.Fatal(err)
	return nil
}

func rules(t *testing.T, m *faulty.Module, all ...string) {
	t.Helper()
	if err := m.Rules(all...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, n int, err error) int {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// authorized gives the PIN whenever it is wanted, and counts.
func authorized(c Config, asked *int) Config {
	c.Authorize = func(ctx context.Context, try func(context.Context, []byte, bool) error) error {
		*asked++
		return try(ctx, []byte(pin), false)
	}
	return c
}

func signOnce(t *testing.T, key *Key) error {
	digest := sha256.Sum256([]byte("合同"))
	signature, err := key.WithContext(t.Context()).Sign(rand.Reader, digest[:], crypto.SHA256)
	if err == nil {
		err = verify(key.Public(), digest[:], signature, crypto.SHA256)
	}
	return err
}

// TestHealing has each failure happen once between two signatures: the second one is made all the same, after one more
// login with the PIN that was right.
func TestHealing(t *testing.T) {
	m := broken(t)
	for name, rule := range map[string]string{
		"hangs":               "C_Sign hang 1",
		"crashes":             "C_Sign crash 1",
		"fails once":          "C_Sign fail:6 1",
		"fails after signing": "C_Sign late:5 1",
		"token removed":       "C_SignInit fail:32 1",
		"token not present":   "C_Sign fail:e0 1",
		"sessions lost":       "C_SignInit fail:b3 1",
		"login lost":          "C_SignInit fail:101 1",
		"restarted HSM":       "C_SignInit fail:190 1",
	} {
		t.Run(name, func(t *testing.T) {
			rules(t, m)
			asked := 0
			token := openToken(t, authorized(Config{Module: m.Path, TokenLabel: "签章", ObjectLabel: "机构", Timeout: 3 * time.Second}, &asked))
			key, err := token.Key(t.Context())
			if err == nil {
				err = signOnce(t, key)
			}
			if err != nil {
				t.Fatal(err)
			}
			before := count2(t, m.Fired)
			rules(t, m, rule)
			if err := signOnce(t, key); err != nil {
				t.Error(err)
			}
			if fired := count2(t, m.Fired) - before; fired != 1 || asked != 2 || count2(t, m.Tries) != 10 {
				t.Errorf("the rule held %d times, the PIN was asked for %d times, %d tries are left", fired, asked, count2(t, m.Tries))
			}
		})
		if err := os.Remove(m.Dir + "/fired"); err != nil {
			t.Fatal(err)
		}
	}
}

func count2(t *testing.T, f func() (int, error)) int {
	t.Helper()
	n, err := f()
	return count(t, n, err)
}

// TestRePlugged takes the token away and gives it back.
func TestRePlugged(t *testing.T) {
	m, asked := broken(t), 0
	token := openToken(t, authorized(Config{Module: m.Path, TokenLabel: "签章", ObjectLabel: "机构"}, &asked))
	key, err := token.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rules(t, m, "* vanish 0")
	for range 3 {
		if err := signOnce(t, key); !errors.Is(err, ErrMissing) {
			t.Errorf("without the token: %v", err)
		}
	}
	rules(t, m)
	if err := signOnce(t, key); err != nil {
		t.Errorf("plugged in again: %v", err)
	}
	if asked != 2 || count2(t, m.Logins) != 2 {
		t.Errorf("the PIN was asked for %d times and tried %d times", asked, count2(t, m.Logins))
	}
}

// TestHangingModule has every signature hang: the caller hears so, and Close does not wait.
func TestHangingModule(t *testing.T) {
	m, asked := broken(t), 0
	token := openToken(t, authorized(Config{Module: m.Path, TokenLabel: "签章", ObjectLabel: "机构", Timeout: time.Second}, &asked))
	key, err := token.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rules(t, m, "C_Sign hang 0")
	if err := signOnce(t, key); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
	rules(t, m)
	if err := signOnce(t, key); err != nil {
		t.Errorf("once it answers again: %v", err)
	}
}

// TestAllWaitingGoOn crashes the module under several signatures at once.
func TestAllWaitingGoOn(t *testing.T) {
	m, asked := broken(t), 0
	token := openToken(t, authorized(Config{Module: m.Path, TokenLabel: "签章", ObjectLabel: "机构", Sessions: 3}, &asked))
	key, err := token.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rules(t, m, "C_Sign crash 1")
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() {
			if err := signOnce(t, key); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if logins := count2(t, m.Logins); logins != 2 {
		t.Errorf("%d logins for 13 signatures and one crash", logins)
	}
}

// TestUnansweredPIN crashes, hangs and fails within C_Login: the PIN is not tried again by itself.
func TestUnansweredPIN(t *testing.T) {
	m := broken(t)
	for n, rule := range []string{"C_Login crash 0", "C_Login hang 0", "C_Login fail:5 0"} {
		rules(t, m, rule)
		asked := 0
		token := openToken(t, authorized(Config{Module: m.Path, TokenLabel: "签章", ObjectLabel: "机构", Timeout: time.Second}, &asked))
		if err := m.SetTries(10); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := token.Key(t.Context()); !errors.Is(err, ErrPINUnknown) {
				t.Errorf("%s: %v", rule, err)
			}
		}
		if tries, logins := count2(t, m.Tries), count2(t, m.Logins); tries != 9 || logins != n+1 {
			t.Errorf("%s: %d tries left, %d logins", rule, tries, logins)
		}
		if err := m.SetTries(10); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLastTriesAreLeft sees what the token says of its PIN, and does not call C_Login.
func TestLastTriesAreLeft(t *testing.T) {
	m := broken(t)
	for tries, want := range map[int]error{0: ErrPINLocked, 1: ErrPINFinalTry, 5: ErrPINCountLow} {
		asked := 0
		token := openToken(t, authorized(Config{Module: m.Path, TokenLabel: "签章", ObjectLabel: "机构"}, &asked))
		if err := m.SetTries(tries); err != nil {
			t.Fatal(err)
		}
		if _, err := token.Key(t.Context()); !errors.Is(err, want) {
			t.Errorf("%d tries left: %v", tries, err)
		}
		if logins := count2(t, m.Logins); logins != 0 {
			t.Errorf("%d tries left: tried all the same", tries)
		}
	}
	if err := m.SetTries(10); err != nil {
		t.Fatal(err)
	}
	rules(t, m, "C_GetTokenInfo flags:80000 0")
	infos, err := List(t.Context(), m.Path)
	if err != nil || len(infos) != 1 || !infos[0].PIN.ToBeChanged {
		t.Errorf("the token's first PIN: %+v, %v", infos, err)
	}
}

// TestChildEndsWithParent looks at the child: nobody reads its memory, it has no PIN in its arguments or environment, and it
// is gone with the token.
func TestChildEndsWithParent(t *testing.T) {
	m, asked := broken(t), 0
	token := openToken(t, authorized(Config{Module: m.Path, TokenLabel: "签章", ObjectLabel: "机构"}, &asked))
	if _, err := token.Key(t.Context()); err != nil {
		t.Fatal(err)
	}
	process := token.link.process
	folder := "/proc/" + strconv.Itoa(process.PID())
	for _, name := range []string{"/cmdline", "/environ"} {
		text, err := os.ReadFile(folder + name)
		if err == nil && strings.Contains(string(text), pin) {
			t.Errorf("the PIN stands in %s", name)
		}
	}
	limits, err := os.ReadFile(folder + "/limits")
	if err != nil || !strings.Contains(string(limits), "Max core file size        0 ") {
		t.Errorf("core files: %v\n%s", err, limits)
	}
	if err := token.Close(); err != nil {
		t.Fatal(err)
	}
	<-process.Ended()
}
