package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/cmd/contractd/config"
	"contractd/mailbox"
	"contractd/store/bolt"
	"contractd/store/check"
	"contractd/store/documents"
	"contractd/store/space"
	"contractd/templates"
	"contractd/workflow"
	"contractd/workflow/access"
	"contractd/workflow/appearances"
	"contractd/workflow/decide"
	"contractd/workflow/keys"
	"contractd/workflow/outbound"
	"contractd/workflow/post"
)

// house is the store with the services over it, for whoever owns the data folder.
type house struct {
	cfg    *config.Config
	log    *slog.Logger
	now    func() time.Time
	prompt config.Prompter
	owner  *bolt.Owner
	ledger *book
	folder *documents.Folder
	spool  *documents.Spool
	room   *space.Watch

	clerk   *post.Clerk
	guard   *keys.Guard
	gate    *access.Gate
	stopper *decide.Stopper
	cabinet *appearances.Cabinet
	ring    *keyring
	issuer  *outbound.Issuer
	desk    *decide.Desk
	bench   *bench
	keyed   chan struct{} // Somebody logged in: what waits for a key may go on.
}

// dataPath names something in the data folder.
func dataPath(cfg *config.Config, name string) string { return filepath.Join(cfg.DataDir, name) }

// openHouse takes the data folder, opens the store and wires the services. An error wrapping bolt.ErrOwned means that
// somebody else has the folder.
func openHouse(ctx context.Context, cfg *config.Config, log *slog.Logger, now func() time.Time, prompt config.Prompter) (*house, error) {
	if err := ownFolder(cfg.DataDir); err != nil {
		return nil, err
	}
	owner, err := bolt.Lock(cfg.DataDir, version())
	if err != nil {
		return nil, fmt.Errorf("take data folder %s: %w", cfg.DataDir, noRoom(err, cfg))
	}
	h := &house{cfg: cfg, log: log, now: now, prompt: prompt, owner: owner, keyed: make(chan struct{}, 1)}
	for _, step := range []func() error{h.whole, func() error { return h.open(ctx) }, h.wire, func() error { return h.recognise(ctx) }} {
		if err := step(); err != nil {
			return nil, errors.Join(noRoom(err, cfg), h.Close())
		}
	}
	return h, nil
}

// open opens documents, spool and ledger.
func (h *house) open(ctx context.Context) (err error) {
	if h.folder, err = documents.Open(dataPath(h.cfg, "documents")); err != nil {
		if errors.Is(err, documents.ErrSync) {
			err = bolt.Unconfirmed(err)
		}
		return fmt.Errorf("open documents: %w", err)
	}
	if h.spool, err = documents.NewSpool(dataPath(h.cfg, "spool")); err != nil {
		return fmt.Errorf("open spool: %w", err)
	}
	h.room = watchOf(h.cfg, time.Now) // The machine's clock: disks are no matter of contracts.
	inline := int64(h.cfg.InlineMax)
	if inline == 0 {
		inline = bolt.NoInline
	}
	kept := &book{}
	opened, err := bolt.Open(ctx, bolt.Options{
		Path: dataPath(h.cfg, "contractd.db"), InlineMax: inline, Blobs: timedBlobs{pointBlobs(h.folder), kept}, Fatal: documents.ErrSync, Now: h.now, Room: h.room,
	})
	if err != nil {
		return fmt.Errorf("open store %s: %w", h.cfg.DataDir, err)
	}
	kept.ledger = pointLedger(opened)
	h.ledger = kept
	return nil
}

// wire connects the services; nothing is started.
func (h *house) wire() error {
	letters, err := templates.Load(h.cfg.Company.Letters)
	if err != nil {
		return err
	}
	smtp := h.cfg.Mail.SMTP
	replies := smtp.ReplyTo.Address
	if replies == "" {
		replies = smtp.From.Address
	}
	h.clerk = &post.Clerk{
		Composer: &mailbox.Composer{
			Sender:  mailbox.Sender{Name: senderName(h.cfg), Address: smtp.From.Address, ReplyTo: replies, Plus: smtp.Plus},
			Company: templates.Company{Name: h.cfg.Company.Name, Mailbox: replies, Contact: h.cfg.Company.Contact, Location: h.cfg.Company.Timezone.Location()},
			Letters: letters, Spool: dataPath(h.cfg, "spool"),
		},
		Domain: domainOf(smtp.From.Address), Managers: addressesOf(h.cfg.Notify.Managers), Language: h.cfg.Company.Language,
		SentCopy: true, Outlet: h.outlet(), Now: h.now,
	}
	h.guard = &keys.Guard{Ledger: h.ledger, Now: h.now}
	h.gate = &access.Gate{Ledger: h.ledger, People: people(h.cfg), Now: h.now}
	h.stopper = &decide.Stopper{Ledger: h.ledger, Mode: h.cfg.Mail.Mode, Now: h.now}
	h.ring = newKeyring(h.cfg, h.guard, h.prompt)
	if h.bench, err = newBench(h.cfg, h.spool, h.ring, h.now, h.log); err != nil {
		return err
	}
	h.bench.took, h.bench.contracts = h.ledger.took, h.ledger.Contracts
	h.cabinet = &appearances.Cabinet{Ledger: h.ledger, Artist: artist{h.cfg.Seal.Font}, Keys: keyNames(h.cfg), Now: h.now}
	h.bench.looks = wardrobe{h.cabinet, h.cfg.Seal.Font, h.ledger.Document}
	h.issuer = &outbound.Issuer{
		Filler: h.bench, Preserver: h.bench,
		Ledger: h.ledger, Sealer: timedSealer{pointSealer(h.bench), h.ledger}, Checker: timedChecker{pointChecker(h.bench), h.ledger}, Clerk: h.clerk, Keys: markKeys(h.cfg), Now: h.now, Log: h.log,
	}
	h.desk = &decide.Desk{Ledger: h.ledger, Library: h.ledger, Unsealer: h.bench, Clerk: h.clerk, Knows: knows(h.cfg), Now: h.now}
	return nil
}

// Close releases everything; the store comes last.
func (h *house) Close() error {
	var failures []error
	if h.bench != nil {
		failures = append(failures, h.bench.Close())
	}
	if h.ring != nil {
		failures = append(failures, h.ring.Close())
	}
	if h.ledger != nil {
		failures = append(failures, h.ledger.Close())
	}
	if h.owner != nil {
		failures = append(failures, h.owner.Release())
	}
	return errors.Join(failures...)
}

// services are what the control API calls.
func (h *house) services(daemon bool, changed func()) api.Services {
	return api.Services{
		Version: version(), Issuer: h.issuer, Desk: h.desk, Guard: h.guard, Gate: h.gate, Stopper: h.stopper, Cabinet: h.cabinet, Store: h.ledger, Memory: h.ledger, Directory: h.ledger,
		Spool: spooler{h.spool, h.room}, Limit: largestDraft(int64(h.cfg.Mail.SMTP.MaxSize)), Message: int64(h.cfg.Mail.IMAP.MaxSize), Explain: h.explain, Daemon: daemon,
		Check: h.check, Backup: h.backup, Keys: h.keys, Login: h.login, Tokens: h.tokens, Health: h.health, Policy: h.policy, Changed: changed, Now: h.now, Log: h.log,
	}
}

// largestDraft returns how large a draft may be, so that its letter stays below the limit of the mail server: base64 in
// lines of 76 characters (RFC 2045, 6.8) makes 137 octets of 100, and our seals and the letter's text come on top.
func largestDraft(letter int64) int64 { return max(1<<20, letter*100/137-512<<10) }

func (h *house) check(ctx context.Context) (any, bool, error) {
	report, err := check.Check(ctx, h.ledger.Source(), h.bench.proves)
	return report, report.Damaged(), err
}

// keys returns the records of the configured keys, in their order.
func (h *house) keys(ctx context.Context) ([]workflow.KeyRecord, error) {
	records := []workflow.KeyRecord{}
	for _, key := range h.cfg.Keys {
		record, err := h.ledger.Key(ctx, key.Name)
		if err != nil {
			return nil, fmt.Errorf("read record of key %q: %w", key.Name, err)
		}
		records = append(records, record)
	}
	return records, nil
}

// policy completes an order by the configuration.
func (h *house) policy(order *outbound.Order) error {
	rules := h.cfg.Contracts
	if !rules.Number.Match(order.Number) {
		return fmt.Errorf("contract number %q does not have the form %s of [contracts] number: %w", order.Number, rules.Number, workflow.ErrUsage)
	}
	if order.Deadline.IsZero() {
		order.Deadline = endOfDay(h.now().Add(rules.Deadline.Std()), h.cfg.Company.Timezone.Location())
	}
	if !order.Deadline.After(h.now()) {
		return fmt.Errorf("deadline %s of contract %s has passed: %w", order.Deadline.Format(time.RFC3339), order.Number, workflow.ErrUsage)
	}
	order.Hold = order.Hold || rules.Release == config.ReleaseManual
	order.Confirm = order.Confirm || rules.Archive == config.ArchiveConfirm || exceeds(order.Amount, rules.ConfirmAbove)
	order.TwoPersons = order.TwoPersons || exceeds(order.Amount, rules.TwoPersonsAbove)
	return nil
}

// exceeds reports whether an amount is above a limit, where there is one. What cannot be compared, for want of an amount
// or in another currency, counts as above it.
func exceeds(amount workflow.Amount, limit config.Amount) bool {
	return !limit.IsZero() && (amount.Currency != limit.Currency || amount.Minor > limit.Minor)
}

// spooler adapts the spool to the ports of the services.
type spooler struct {
	spool *documents.Spool
	room  *space.Watch // Asked before anything new is taken in; nil for what is under way.
}

// Keep implements api.Spool and inbound.Spool.
func (s spooler) Keep(ctx context.Context, r io.Reader, limit int64) (workflow.Document, io.Closer, error) {
	if s.room != nil {
		if err := s.room.Check(ctx); err != nil {
			return workflow.Document{}, nil, err
		}
	}
	kept, err := s.spool.Collect(ctx, r, limit)
	if errors.Is(err, documents.ErrLimit) {
		return workflow.Document{}, nil, workflow.WithHint(
			fmt.Errorf("more than %s: %w: %w", config.Size(limit), workflow.ErrTooLarge, workflow.ErrFinal), "make the file smaller; mail servers refuse more, see [mail.smtp] max_size")
	}
	if err != nil {
		return workflow.Document{}, nil, space.Mark(err, s.spool.Dir())
	}
	return workflow.Document{Ref: workflow.Ref{Hash: kept.Hash, Size: kept.Size}, ReaderAt: kept}, kept, nil
}

// ownFolder makes sure that the data folder is there, private, and ours.
func ownFolder(dir string) error {
	if err := bolt.Supported(); err != nil {
		return err
	}
	err := bolt.MakeFolder(dir)
	if errors.Is(err, workflow.ErrDamaged) {
		return err
	}
	if err != nil {
		return workflow.WithHint(fmt.Errorf("create data folder: %w", err), "choose another data_dir, or create it for the daemon's user")
	}
	return checkOwner(dir)
}

func senderName(cfg *config.Config) string {
	if cfg.Mail.SMTP.From.Name != "" {
		return cfg.Mail.SMTP.From.Name
	}
	return cfg.Company.Name
}

func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

func addressesOf(all []config.Address) []string {
	var plain []string
	for _, address := range all {
		plain = append(plain, address.Address)
	}
	return plain
}

func markKeys(cfg *config.Config) []string {
	return keysInOrder(cfg.Seal.Marks)
}
