// Command contractd exchanges electronically sealed contracts by e-mail.
package main

import (
	"context"
	"os"

	"contractd/cmd/contractd/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
