// Command peak runs a command and prints, on standard error, the largest resident set of it and its children in kilobytes.
//
// A process inherits the peak of the one that forked it (Linux counts it until exec, and keeps it), so a benchmark with
// large documents cannot ask for the peak of its own child: it asks this small program, which adds nothing.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: peak COMMAND…")
		return 2
	}
	err := exec.Command(args[0], args[1:]...).Run()
	if ended := (*exec.ExitError)(nil); err != nil && !errors.As(err, &ended) {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	var used syscall.Rusage
	if failure := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &used); failure != nil {
		fmt.Fprintln(os.Stderr, failure)
		return 2
	}
	fmt.Fprintln(os.Stderr, used.Maxrss)
	if err != nil {
		return 1
	}
	return 0
}
