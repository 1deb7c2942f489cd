package cli

import (
	"fmt"
	"io"

	"contractd/signer/look"
)

// answerDrawing is the child's side of signer/look.
func answerDrawing(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if err := look.AnswerSVG(args, stdin, stdout); err != nil {
		fmt.Fprintln(stderr, err) // The parent tells it.
		return exitFailed
	}
	return 0
}
