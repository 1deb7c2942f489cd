package main_test

import (
	"bytes"
	"context"
	"fmt"
	"net/mail"
	"strings"
	"sync"

	"contractd/workflow"
)

// letterbox is the supplier's mailbox, by Message-ID.
type letterbox struct {
	post post

	mu   sync.Mutex // Guards what follows.
	read int        // Messages that were sorted in; a mailbox is only ever added to.
	byID map[string][][]byte
}

func newLetterbox(p post) *letterbox { return &letterbox{post: p, byID: map[string][][]byte{}} }

// find returns every copy of a letter.
func (b *letterbox) find(ctx context.Context, messageID string) ([][]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all, err := b.post.messages(ctx, supplierMail, "INBOX", 0)
	if err != nil {
		return nil, err
	}
	for _, raw := range all[min(b.read, len(all)):] {
		message, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("a letter cannot be read: %w", err)
		}
		id := strings.Trim(message.Header.Get("Message-ID"), "<>")
		b.byID[id] = append(b.byID[id], raw)
	}
	b.read = len(all)
	return b.byID[messageID], nil
}

// without cuts off what mail servers put before a message on its way.
func without(raw []byte) []byte {
	for {
		line, rest, found := bytes.Cut(raw, []byte("\n"))
		name, _, _ := bytes.Cut(line, []byte(":"))
		switch {
		case !found:
			return raw
		case bytes.HasPrefix(line, []byte(" ")), bytes.HasPrefix(line, []byte("\t")):
		case bytes.EqualFold(name, []byte("Return-Path")), bytes.EqualFold(name, []byte("Received")), bytes.EqualFold(name, []byte("Delivered-To")), bytes.EqualFold(name, []byte("X-Original-To")):
		default:
			return raw
		}
		raw = rest
	}
}

// hashWithout names the content of a letter, whatever way it took; servers may write line ends their own way.
func hashWithout(raw []byte) workflow.Hash {
	return workflow.HashOf(bytes.ReplaceAll(without(raw), []byte("\r\n"), []byte("\n")))
}
