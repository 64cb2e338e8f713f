// Command podsg carries out and proves security groups for pods on Amazon EKS:
// it makes a chosen set of pods, and only those, able to reach an RDS database.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"podsg/cli"
)

// Set by the linker when a release is built.
var (
	version = "dev"
	commit  = ""
	date    = ""
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	os.Exit(cli.Run(cli.Process{
		Args:     os.Args[1:],
		Environ:  os.Environ(),
		Stdin:    os.Stdin,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Signals:  signals,
		Build:    cli.Build{Version: version, Commit: commit, Date: date},
		Practice: worlds{},
	}))
}
