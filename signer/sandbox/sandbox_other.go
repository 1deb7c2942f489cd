//go:build !linux

package sandbox

import "errors"

var errNoWall = errors.New("only Linux has it")

func restrictPaths() error { return errNoWall }

func filterCalls() error { return errNoWall }
