package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"contractd/signer/verify"
	"contractd/workflow"
)

// ServeHostile is Serve with a reader that some files break: those that begin with "hostile:" and a way to break it.
func ServeHostile(ctx context.Context, args []string) error { return serve(ctx, args, breakable) }

func breakable(ctx context.Context, t task, documents []workflow.Document, eyes *verify.Eyes) (answer, error) {
	head := make([]byte, 64)
	n, err := documents[0].ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return answer{}, err
	}
	way, hostile := strings.CutPrefix(string(head[:n]), "hostile:")
	if !hostile {
		return perform(ctx, t, documents, eyes)
	}
	switch way {
	case "hang":
		<-make(chan struct{})
	case "spin":
		for n := 0; n >= 0; n++ {
		}
	case "eat":
		var all [][]byte
		for {
			all = append(all, bytes.Repeat([]byte{byte(len(all))}, 8<<20))
		}
	case "talk":
		return answer{Error: strings.Repeat("x", 32<<20)}, nil
	case "panic":
		panic("a broken reader")
	case "open":
		_, err := os.ReadFile("/etc/hostname")
		return answer{}, fmt.Errorf("opened: %w", err)
	case "write":
		file, ok := documents[0].ReaderAt.(*os.File)
		if !ok {
			return answer{}, errors.New("no file")
		}
		_, err := file.WriteAt([]byte("x"), 0)
		return answer{}, fmt.Errorf("written: %w", err)
	}
	return answer{}, errors.New("it did nothing")
}

// Idle is how many workers wait for a question.
func (p *Pool) Idle() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle)
}
