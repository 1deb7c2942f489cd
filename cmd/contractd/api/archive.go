package api

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"contractd/workflow"
)

func withoutCancel(r *http.Request) context.Context { return context.WithoutCancel(r.Context()) }

// Story is everything that is known about one contract.
type Story struct {
	Contract   workflow.Contract   `json:"contract"`
	Overdue    bool                `json:"overdue"`
	Letters    []workflow.Letter   `json:"letters"`
	Deliveries []workflow.Delivery `json:"deliveries"`
	Receipts   []workflow.Receipt  `json:"receipts"`
	Journal    []workflow.Entry    `json:"journal"`
	Versions   []Edition           `json:"versions,omitempty"` // Of the number, where there is more than one.
}

func (s *server) story(r *http.Request) (any, error) {
	return s.tell(r.Context(), r.PathValue("number"))
}

func (s *server) tell(ctx context.Context, number string) (Story, error) {
	var story Story
	if err := actorOf(ctx).Need(workflow.RightView); err != nil {
		return story, err
	}
	contract, err := s.find(ctx, number)
	if err == nil && !actorOf(ctx).Sees(contract.Supplier) { // An earlier version, which went to somebody else.
		err = workflow.ErrNotFound
	}
	if err != nil {
		return story, fmt.Errorf("find contract %s: %w", number, err)
	}
	story = Story{Contract: contract, Overdue: contract.Overdue(s.Now())}
	if story.Letters, err = s.Store.Letters(ctx, contract.ID); err != nil {
		return story, fmt.Errorf("list letters of contract %s: %w", number, err)
	}
	if story.Deliveries, err = s.Store.Deliveries(ctx, workflow.DeliveryFilter{Contract: contract.ID}); err != nil {
		return story, fmt.Errorf("list deliveries of contract %s: %w", number, err)
	}
	if story.Receipts, err = s.Store.Receipts(ctx, contract.ID); err != nil {
		return story, fmt.Errorf("list receipts of contract %s: %w", number, err)
	}
	if story.Versions, err = s.siblings(ctx, contract); err != nil {
		return story, err
	}
	if len(actorOf(ctx).Suppliers) > 0 {
		story.narrow()
	}
	story.Journal, err = s.journal(ctx, story)
	return story, err
}

// narrow leaves out of receipts what is about other contracts, which may be those of other suppliers: their findings, and
// the whole message.
func (s *Story) narrow() {
	other := func(finding workflow.Finding) bool {
		return finding.Match.Contract != "" && finding.Match.Contract != s.Contract.ID
	}
	for n := range s.Receipts {
		receipt := &s.Receipts[n]
		if slices.ContainsFunc(receipt.Findings, other) {
			receipt.Raw = workflow.Ref{}
			receipt.Findings = slices.DeleteFunc(slices.Clone(receipt.Findings), other)
		}
	}
}

// journal collects the entries about the contract, its deliveries and its receipts, in the order in which they were made.
func (s *server) journal(ctx context.Context, story Story) ([]workflow.Entry, error) {
	subjects := []string{"contract/" + string(story.Contract.ID)}
	for _, delivery := range story.Deliveries {
		subjects = append(subjects, "delivery/"+string(delivery.ID))
	}
	for _, receipt := range story.Receipts {
		if len(actorOf(ctx).Suppliers) > 0 && receipt.Raw.IsZero() { // Narrowed: its entries tell of the others, too.
			continue
		}
		subjects = append(subjects, "arrival/"+string(receipt.ID), "receipt/"+string(receipt.ID))
	}
	var entries []workflow.Entry
	for _, subject := range subjects {
		some, err := s.Store.History(ctx, subject)
		if err != nil {
			return nil, fmt.Errorf("read journal of %s: %w", subject, err)
		}
		entries = append(entries, some...)
	}
	slices.SortFunc(entries, func(a, b workflow.Entry) int { return int(a.Sequence) - int(b.Sequence) })
	return entries, nil
}

// part is one file of a contract's evidence.
type part struct {
	name string
	ref  workflow.Ref
	tail workflow.Ref // Belongs behind it; mostly none.
}

// parts lists the documents of a contract by the names that people use for them.
func (s Story) parts() []part {
	contract := s.Contract
	parts := []part{{name: "draft.pdf", ref: contract.Draft}, {name: "sealed.pdf", ref: contract.Sealed()}}
	if tail := contract.Preserved(); !tail.IsZero() {
		parts = append(parts, part{name: "sealed-longterm.pdf", ref: contract.Sealed(), tail: tail})
	}
	if !contract.Final.IsZero() {
		parts = append(parts, part{name: "final.pdf", ref: contract.Final})
	}
	for n, letter := range s.Letters {
		parts = append(parts, part{name: fmt.Sprintf("letter-%d-%s.eml", n+1, letter.Kind), ref: letter.Raw})
	}
	for n, receipt := range s.Receipts {
		if !receipt.Raw.IsZero() {
			parts = append(parts, part{name: fmt.Sprintf("return-%d.eml", n+1), ref: receipt.Raw})
		}
		for m, finding := range receipt.Findings {
			if finding.Document.IsZero() { // A cloud attachment: there is no file.
				continue
			}
			parts = append(parts, part{name: fmt.Sprintf("return-%d-%d.pdf", n+1, m+1), ref: finding.Document})
			if finding.Stamp != nil {
				parts = append(parts, part{name: fmt.Sprintf("return-%d-%d.tst", n+1, m+1), ref: finding.Stamp.Token})
			}
		}
	}
	return parts
}

// document streams one document: draft, sealed, final, or any name of parts.
func (s *server) document(w http.ResponseWriter, r *http.Request) {
	story, err := s.tell(r.Context(), r.PathValue("number"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	which := r.PathValue("which")
	for _, part := range story.parts() {
		if part.name == which || part.name == which+".pdf" {
			s.stream(w, r, part)
			return
		}
	}
	s.refuse(w, r, workflow.WithHint(fmt.Errorf("open %s of contract %s: %w", which, story.Contract.Number, workflow.ErrNotFound),
		"a contract has draft and sealed, and final once it is archived"))
}

func (s *server) stream(w http.ResponseWriter, r *http.Request, part part) {
	document, closer, err := s.openPart(r.Context(), part)
	if err != nil {
		s.refuse(w, r, fmt.Errorf("open %s: %w", part.name, err))
		return
	}
	defer closer.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(document.Size, 10))
	if part.tail.IsZero() { // What is put together has no digest on record.
		w.Header().Set("Digest", "sha-256="+document.Hash.String())
	}
	if _, err := io.Copy(w, document.Reader()); err != nil {
		s.Log.Warn("document not delivered", "document", document.Hash.Short(), "error", err)
	}
}

// export streams a zip with all documents and all records of a contract: the evidence for whoever must judge it.
func (s *server) export(w http.ResponseWriter, r *http.Request) {
	story, err := s.tell(r.Context(), r.PathValue("number"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	archive := zip.NewWriter(w)
	err = s.evidence(r.Context(), archive, story)
	if err == nil {
		err = archive.Close()
	}
	if err != nil { // The zip lacks its directory, so that nobody takes it for complete.
		s.Log.Warn("export not delivered", "contract", story.Contract.ID, "error", err)
		panic(http.ErrAbortHandler) // The one way in which net/http cuts an answer that has begun; nothing is logged for it.
	}
}

func (s *server) evidence(ctx context.Context, archive *zip.Writer, story Story) error {
	record, err := create(archive, "record.json", s.Now())
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(record)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(story); err != nil {
		return err
	}
	for _, part := range story.parts() {
		if err := s.pack(ctx, archive, part); err != nil {
			return fmt.Errorf("pack %s: %w", part.name, err)
		}
	}
	return nil
}

func (s *server) pack(ctx context.Context, archive *zip.Writer, part part) error {
	document, closer, err := s.openPart(ctx, part)
	if err != nil {
		return err
	}
	defer closer.Close()
	into, err := create(archive, part.name, s.Now())
	if err != nil {
		return err
	}
	_, err = io.Copy(into, document.Reader())
	return err
}

func create(archive *zip.Writer, name string, at time.Time) (io.Writer, error) {
	return archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
}
