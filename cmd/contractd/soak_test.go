package main_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"contractd/mailbox/imap"
	"contractd/mailbox/mailserver"
	"contractd/mailbox/mailserver/realserver"
)

// What the soak does; `make soak` does all of it, the CI a sample.
var (
	soakSeed      = flag.Uint64("soak.seed", 15, "of every choice that the soak makes")
	soakStops     = flag.Int("soak.stops", 12, "how often the daemon or its connections are stopped")
	soakLog       = flag.String("soak.log", "", "a file that gets everything that the daemons log")
	soakExchanges = flag.Int("soak.exchanges", 6, "how many contracts are exchanged meanwhile")
)

// TestSoak stops the daemon and its connections at random, over Dovecot and Postfix, while contracts go out and come back
// good, tampered and repeated. Afterwards each is where it would have been.
func TestSoak(t *testing.T) {
	s := newSoak(t)
	s.register()
	started := time.Now()
	played := s.play()
	counted := s.checkAll(played)
	if counted.doubled > 1+counted.copies/100 { // The server may still be taking an APPEND in while the next life searches for it.
		t.Errorf("%d letters lie twice in the Sent folder", counted.doubled)
	}
	kinds := map[string]int{}
	for _, one := range played {
		kinds[one.way]++
	}
	var ways []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		ways = append(ways, fmt.Sprintf("%d %s", kinds[kind], kind))
	}
	t.Logf("seed %d: %d stops (%d kills at failpoints, %d at random times, %d connections cut or stalled) in %v, %d lives of the daemon",
		*soakSeed, s.stops.Load(), s.atPoints.Load(), s.atTimes.Load(), s.disturbed(), time.Since(started).Round(time.Second), s.lives.Load())
	t.Logf("%d exchanges: %s", len(played), strings.Join(ways, ", "))
	t.Logf("%d messages judged once each, 0 lost; %d letters arrived, %d further copies of them with the same Message-ID and bytes; %d copies in the Sent folder, %d of them twice",
		counted.receipts, counted.letters, counted.resent, counted.copies, counted.doubled)
}

// soak is a survivor between Dovecot and Postfix.
type soak struct {
	*survivor
	random   *rand.Rand // Of the supervising goroutine alone.
	imap     *mailserver.Disturber
	smtp     *mailserver.Disturber
	stops    atomic.Int64 // So far.
	atPoints atomic.Int64
	atTimes  atomic.Int64
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	var users []realserver.User
	for _, address := range []string{houseMail, supplierMail, otherMail} {
		users = append(users, realserver.User{Address: address, Password: mailSecret})
	}
	dovecot := realserver.Dovecot(t, users...)
	postfix := realserver.Postfix(t, dovecot)
	s := &soak{random: rand.New(rand.NewPCG(*soakSeed, 0))}
	var err error
	s.imap, err = mailserver.Disturb(t.Context(), mailserver.Address{Host: "127.0.0.1", Port: dovecot.IMAPS})
	check(t, err)
	s.smtp, err = mailserver.Disturb(t.Context(), mailserver.Address{Host: "127.0.0.1", Port: postfix.SMTPS})
	check(t, err)
	direct := post{
		imap: dovecot.IMAPS, smtp: postfix.SMTPS, ca: append(dovecot.CertificatePEM(), postfix.CertificatePEM()...), tls: postfix.TLS(),
	}
	supplier := maildir{folder: dovecot.Maildir(supplierMail)}
	direct.messages = func(ctx context.Context, user, folder string, atLeast int) ([][]byte, error) {
		if user == supplierMail && folder == "INBOX" {
			return supplier.all()
		}
		return readAll(ctx, imap.Account{
			Name: user, Host: "127.0.0.1", Port: dovecot.IMAPS, TLS: dovecot.TLS(), User: user,
			Password: func() (string, error) { return mailSecret, nil }, Folder: folder, FromBeginning: true,
		}, atLeast)
	}
	through := direct
	through.imap, through.smtp = s.imap.Port, s.smtp.Port
	s.survivor = newSurvivor(t, newHall(t), buildWithPoints(t), through, direct)
	s.patience = 30 * time.Minute // A letter that was cut off again and again waits for hours, of which each life skips minutes.
	return s
}

// soakPoints are stopped at by name, so that each gets its share; the rare ones have theirs in TestFailpoints.
var soakPoints = soakNames(
	[]string{"contract-created", "seal", "batch-sealed", "self-check", "contract-sealed", "delivery-claimed", "delivery-accepted", "contract-sent",
		"message-arrived", "judging-counted", "message-judged", "contract-archived", "filing", "message-filed", "cursor-moved", "pin-attempt"},
	[]string{"mail", "sent-copy", "document"}, // These can be stopped within, too.
)

func soakNames(acts, flows []string) []string {
	var names []string
	for _, name := range append(acts, flows...) {
		names = append(names, name+":before", name+":after")
	}
	for _, name := range flows {
		names = append(names, name+":within")
	}
	return names
}

func (s *soak) disturbed() int { return s.imap.Done() + s.smtp.Done() }

// next chooses how the daemon lives until its next stop.
func (s *soak) next() life {
	l := life{lasts: time.Duration(100+s.random.IntN(1500)) * time.Millisecond}
	switch s.random.IntN(10) {
	case 0, 1, 2: // At some moment, whatever it is.
		l = life{orders: fmt.Sprintf("*@%d=kill", 1+s.random.IntN(40)), lasts: 3 * time.Second}
	case 3, 4, 5:
		l = life{orders: fmt.Sprintf("%s@%d=kill", soakPoints[s.random.IntN(len(soakPoints))], 1+s.random.IntN(2)), lasts: 3 * time.Second}
	}
	if s.random.IntN(5) == 0 { // Others overtake what stands still.
		l.orders += fmt.Sprintf(",%s=pause:%dms", soakPoints[s.random.IntN(len(soakPoints))], 50+s.random.IntN(500))
	}
	if s.random.IntN(10) < 6 {
		proxy, most := s.smtp, 60_000
		if s.random.IntN(2) == 0 {
			proxy, most = s.imap, 30_000
		}
		disturbance := mailserver.Disturbance{After: int64(s.random.IntN(most))}
		if s.random.IntN(3) == 0 {
			disturbance.Stall = time.Duration(200+s.random.IntN(4000)) * time.Millisecond
		}
		proxy.Order(disturbance)
	}
	return l
}

// stop goes on until there were enough stops.
func (s *soak) stop(ctx context.Context) error {
	for int(s.stops.Load()) < *soakStops && ctx.Err() == nil {
		l := s.next()
		killed := s.killed.Load()
		began := time.Now()
		if err := s.live(ctx, l); err != nil {
			return err
		}
		if s.killed.Load() > killed {
			if strings.Contains(l.orders, "=kill") && time.Since(began) < l.lasts {
				s.atPoints.Add(1)
			} else {
				s.atTimes.Add(1)
			}
		}
		s.stops.Store(s.killed.Load() + int64(s.disturbed()))
	}
	return nil
}

// play exchanges all contracts while the stops go on, in step with them, and returns when all are done.
func (s *soak) play() []*trade {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), stopDeadline)
	defer cancel()
	finished, finish := context.WithCancel(ctx)
	var supervision error
	var supervised sync.WaitGroup
	supervised.Go(func() {
		defer cancel() // Nobody waits for a daemon that is gone.
		if supervision = s.stop(finished); supervision == nil {
			supervision = s.calm(finished)
		}
	})
	var played []*trade
	group, playing := errgroup.WithContext(ctx)
	group.SetLimit(8)
	choice := rand.New(rand.NewPCG(*soakSeed, 1))
	for n := range *soakExchanges {
		if s.insist(playing, "the next exchange is due", func(context.Context) (bool, error) {
			return int(s.stops.Load()) >= (*soakStops)*n/(*soakExchanges+1)-2, nil
		}) != nil {
			break
		}
		t := s.trade(fmt.Sprintf("S-%d-%04d", *soakSeed, n), wayOf(choice.IntN(100)))
		played = append(played, t)
		group.Go(func() error { return t.play(playing) })
	}
	err := group.Wait()
	if err == nil { // The last stops may find nothing under way any more.
		err = s.insist(ctx, "the last stops come", func(context.Context) (bool, error) { return int(s.stops.Load()) >= *soakStops, nil })
	}
	if err == nil {
		err = s.settle(ctx)
	}
	finish()
	supervised.Wait()
	check(s.T, errors.Join(err, supervision))
	return played
}

// wayOf chooses a way by its share among a hundred.
func wayOf(n int) string {
	for _, one := range trades {
		if n -= one.share; n < 0 {
			return one.name
		}
	}
	return trades[0].name
}
