package cli

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/cmd/contractd/metrics"
	"contractd/signer"
	"contractd/signer/cms"
	"contractd/signer/font"
	"contractd/signer/pdf"
	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/signer/worker"
	"contractd/store/documents"
	"contractd/workflow"
	"contractd/workflow/outbound"
)

// bench is where documents are sealed and judged: it adapts the signer's rooms to the ports of the services.
type bench struct {
	cfg    *config.Config
	spool  *documents.Spool
	ring   *keyring
	now    func() time.Time
	log    *slog.Logger
	sealer *signer.Sealer
	roots  *trust.Anchors
	tsa    *tsa.Client    // nil for level B-B.
	anchor *trust.Anchors // Of timestamps.
	acts   []sealAct
	looks  wardrobe
	took   func(step metrics.Step, start time.Time) // Told how long keys and authorities take.
	asks   *inquiry
	files  *worker.Pool        // Judges what others made.
	eyes   *worker.Pool        // Shows it; starts with the first return that passed so far.
	middle []*x509.Certificate // Intermediates of the configuration.

	contracts func(context.Context, workflow.ContractFilter) ([]workflow.Contract, error) // What the store has, newest first.

	mu    sync.Mutex // Guards what follows.
	token []byte     // The last timestamp: the next one of the same authority has about its size.

	rests   time.Time // Until then no timestamp authority is asked where a contract can go on without.
	silence error     // Why they rest.
}

func newBench(cfg *config.Config, spool *documents.Spool, ring *keyring, now func() time.Time, log *slog.Logger) (*bench, error) {
	b := &bench{cfg: cfg, spool: spool, ring: ring, now: now, log: log, took: func(metrics.Step, time.Time) {}}
	var err error
	if b.roots, err = trust.LoadAnchors(cfg.Trust.Roots...); err != nil {
		return nil, fmt.Errorf("load [trust] roots: %w: %w", err, workflow.ErrUsage)
	}
	if len(cfg.Timestamp.Roots) > 0 {
		if b.anchor, err = trust.LoadAnchors(cfg.Timestamp.Roots...); err != nil {
			return nil, fmt.Errorf("load [timestamp] roots: %w: %w", err, workflow.ErrUsage)
		}
	}
	if b.middle, err = loadIntermediates(cfg.Trust.Intermediates); err != nil {
		return nil, err
	}
	if b.asks, err = newInquiry(cfg.Trust, dataPath(cfg, "cache"), now, log); err != nil {
		return nil, err
	}
	b.files, b.eyes = worker.New(worker.Config{Log: log}), newEyes(log)
	b.asks.judge = b.files.Verify
	if cfg.Seal.Level != config.LevelBB {
		authorities, err := authoritiesOf(cfg)
		if err != nil {
			return nil, err
		}
		b.tsa = &tsa.Client{Authorities: authorities, Anchors: b.anchor, Timeout: cfg.Timestamp.Timeout.Std(), Now: now}
	}
	for _, mark := range cfg.Seal.Marks {
		if err := b.prepare(mark); err != nil {
			return nil, err
		}
	}
	if err := b.checkPlaces(); err != nil {
		return nil, err
	}
	return b, b.findFont()
}

// loadIntermediates reads certificates that help to build paths.
func loadIntermediates(paths []string) ([]*x509.Certificate, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	found, err := trust.LoadAnchors(paths...)
	if err != nil {
		return nil, fmt.Errorf("load [trust] intermediates: %w: %w", err, workflow.ErrUsage)
	}
	return found.Certificates(), nil
}

// authoritiesOf returns the configured timestamp authorities with their password.
func authoritiesOf(cfg *config.Config) ([]tsa.Authority, error) {
	settings, password := cfg.Timestamp, ""
	if !settings.Password.IsZero() {
		var err error
		if password, err = settings.Password.Read(context.Background(), "password of the timestamp authority", nil); err != nil {
			return nil, fmt.Errorf("%w: %w", err, workflow.ErrUsage)
		}
	}
	var all []tsa.Authority
	for _, url := range settings.URLs {
		all = append(all, tsa.Authority{URL: url, User: settings.User, Password: password})
	}
	return all, nil
}

// prepare reads the picture of a mark.
func (b *bench) prepare(mark config.Mark) error {
	settings, err := b.ring.settings(mark.Key)
	if err != nil {
		return err
	}
	prepared := sealMark{Mark: mark}
	if mark.Visible && mark.Image != "" {
		// An SVG is drawn under limits of its own: nothing else ends this.
		if prepared.image, err = readImage(context.Background(), mark.Image, float64(mark.Size), false); err != nil {
			return fmt.Errorf("prepare the seal of key %q: %w", mark.Key, err)
		}
	}
	if err := prepared.seal(mark.Key, time.Time{}, "").Check(); err != nil && mark.Appearance == "" && mark.Generate == "" {
		return fmt.Errorf("read the seal of key %q: %w", mark.Key, err)
	}
	if last := len(b.acts) - 1; last >= 0 && b.acts[last].key == mark.Key {
		b.acts[last].marks = append(b.acts[last].marks, prepared)
	} else {
		b.acts = append(b.acts, sealAct{key: mark.Key, role: settings.Role, marks: []sealMark{prepared}})
	}
	return nil
}

// findFont makes the sealer; a font is needed only where text is shown.
func (b *bench) findFont() error {
	settings := signer.Config{Now: b.now}
	for _, mark := range b.cfg.Seal.Marks {
		if !mark.Visible || mark.Kind == config.KindRiding || settings.Font != nil {
			continue
		}
		found, err := font.Find(b.cfg.Seal.Font)
		if err != nil {
			return workflow.WithHint(fmt.Errorf("find a font for the seals: %w: %w", err, workflow.ErrUsage),
				"install fonts-droid-fallback, or name a TrueType font with Chinese characters as [seal] font")
		}
		settings.Font = found
	}
	b.sealer = signer.New(settings)
	return nil
}

// Seal implements outbound.Sealer.
func (b *bench) Seal(ctx context.Context, name string, contract workflow.Contract, in workflow.Document) (outbound.Sealed, error) {
	held, err := b.ring.key(ctx, name)
	if err != nil {
		return outbound.Sealed{}, err
	}
	if err := b.precheck(name, held); err != nil {
		return outbound.Sealed{}, err
	}
	act, err := b.act(name, contract)
	if err != nil {
		return outbound.Sealed{}, err
	}
	act, stood, err := b.looks.dress(ctx, act, held.certificate)
	if err != nil {
		return outbound.Sealed{}, err
	}
	request, err := b.request(held, act, contract)
	if err != nil {
		return outbound.Sealed{}, err
	}
	ready := preparation{Document: in, Closer: nothing{}}
	if len(contract.Batches) == 0 {
		request.BatchID = workflow.NewID()
		if ready, err = b.prepareDraft(ctx, contract, in, request.BatchID); err != nil {
			return outbound.Sealed{}, err
		}
	}
	defer ready.Close() // Only read by now.
	if _, err := b.settler().settle(ctx, ready.Document, request.Seals, act.wishes()); err != nil {
		return outbound.Sealed{}, err
	}
	var result signer.Result
	var sealed workflow.Document
	var closer io.Closer
	lacking, err := b.timestamped(ctx, request, contract, func(request signer.Request) (err error) {
		sealed, closer, err = b.produce(ctx, func(w io.Writer) (err error) {
			result, err = b.sealer.Seal(ctx, ready.Document, ready.Document.Size, w, request)
			return err
		})
		return err
	})
	if err != nil {
		if mapped := tokenError(err); mapped != err {
			b.ring.forget(name)
			return outbound.Sealed{}, mapped
		}
		return outbound.Sealed{}, unfit(sealError(err))
	}
	cautions, err := b.cautions(ctx, held, contract, in)
	if err != nil {
		return outbound.Sealed{}, errors.Join(err, closer.Close())
	}
	return b.lacks(outbound.Sealed{Document: sealed, Closer: closer, Warnings: cautions, Batch: workflow.Batch{
		ID: result.BatchID, Role: act.role, Appearances: stood, Fields: ready.fields, Values: valuesOf(result),
		Signer: trust.Identity(held.certificate).CommonName, Issuer: issuerOf(held.certificate),
		Certificate: sha256.Sum256(held.certificate.Raw), PublicKey: sha256.Sum256(held.certificate.RawSubjectPublicKeyInfo),
	}}, lacking), nil
}

// request says what to place for one key.
func (b *bench) request(held *heldKey, act sealAct, contract workflow.Contract) (signer.Request, error) {
	seal, now := b.cfg.Seal, b.now().In(b.cfg.Company.Timezone.Location())
	request := signer.Request{
		Key: timedKey{held.signer, b.took}, Certificate: held.certificate, Chain: held.chain,
		Separate: seal.Separate,
		Reason:   seal.Reason, Location: seal.Location, Time: now, Profile: cms.PKCS7, Hash: crypto.SHA256,
	}
	switch {
	case seal.SM2CMS == config.SM2GMT0010 && cms.IsSM2(held.certificate):
		request.Profile = cms.GMT0010
	case seal.SubFilter == config.SubFilterCAdES:
		request.Profile = cms.CAdES
	}
	if len(contract.Batches) == 0 {
		request.Certify = signer.Certify(seal.Certify)
	}
	if len(contract.Pending) == 1 { // A lock of an earlier signature could forbid our own next one.
		var err error
		if request.Lock, err = parseLock(seal.Lock); err != nil {
			return request, fmt.Errorf("%w: [seal] lock %q: %w", workflow.ErrUsage, seal.Lock, err)
		}
	}
	request.Seals = act.seals(trust.Identity(held.certificate).CommonName, now, seal.Reason)
	return request, nil
}

// stamp asks for a timestamp and remembers it.
func (b *bench) stamp(ctx context.Context, imprint []byte, hash crypto.Hash) ([]byte, error) {
	start := time.Now()
	token, err := b.tsa.Stamp(ctx, imprint, hash)
	if err == nil {
		b.took(metrics.StepTimestamp, start)
		b.mu.Lock()
		b.token = token
		b.mu.Unlock()
	}
	return token, err
}

// tokenSize returns how many octets to reserve for a timestamp. The first time it asks for one over random bytes: a
// reserve for any authority would leave so long a run of zeros in the file that some tools, digitorus/pdfsign among
// them, take it for the place of their own signature.
func (b *bench) tokenSize(ctx context.Context) (int, error) {
	b.mu.Lock()
	known := b.token
	b.mu.Unlock()
	if known == nil {
		imprint := make([]byte, sha256.Size)
		rand.Read(imprint) // Never fails since Go 1.24.
		token, err := b.stamp(ctx, imprint, crypto.SHA256)
		if err != nil {
			return 0, err
		}
		known = token
	}
	return tsa.Size(known), nil
}

// unfit replaces the cure of a certificate that verifiers will refuse: nobody can insist on it in a contract.
func unfit(err error) error {
	if errors.Is(err, workflow.ErrPolicy) {
		return workflow.WithHint(err, "have the certificate renewed, name the new key in [[keys]] and restart the daemon; then `contractd seal NUMBER` goes on")
	}
	return err
}

// sealError says what an error of sealing obliges us to do.
func sealError(err error) error {
	switch {
	case errors.Is(err, tsa.ErrUnavailable):
		return workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrTemporary), "nothing leaves unstamped; contractd tries again, or name further authorities in [timestamp] urls")
	case errors.Is(err, pdf.ErrEncrypted), errors.Is(err, pdf.ErrNotPDF), errors.Is(err, pdf.ErrDamaged), errors.Is(err, pdf.ErrLimit):
		return fmt.Errorf("%w: %w", err, workflow.ErrDocument)
	}
	return err
}

// produce collects what write writes into the spool.
func (b *bench) produce(ctx context.Context, write func(io.Writer) error) (workflow.Document, io.Closer, error) {
	reader, writer := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		err := write(writer)
		writer.CloseWithError(err) // Never fails; a nil error is the end of the file.
		failed <- err
	}()
	document, closer, err := spooler{spool: b.spool}.Keep(ctx, reader, maxDocument)
	reader.CloseWithError(err) // Ends a writer whose reader gave up.
	if failure := <-failed; failure != nil {
		if closer != nil {
			closer.Close() // Incomplete, and nobody else has it.
		}
		return workflow.Document{}, nil, failure
	}
	return document, closer, err
}

// maxDocument bounds a sealed document in bytes.
const maxDocument = 1 << 30

func issuerOf(certificate *x509.Certificate) string {
	if name := certificate.Issuer.CommonName; name != "" {
		return name
	}
	return certificate.Issuer.String()
}
