package child

import (
	"context"
	"errors"
)

func run(ctx context.Context, c Command) ([]byte, error) {
	return nil, errors.New("child: not written yet")
}
