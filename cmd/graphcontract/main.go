// Command graphcontract judges recorded traffic with Microsoft Graph, and single documents, by what the documentation
// says. Run "graphcontract help" for its commands.
package main

import (
	"context"
	"os"
)

func main() {
	// An interrupt ends the process as it does by default, but for serve: nothing is written before the verdict.
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
