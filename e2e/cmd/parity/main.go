// Command parity compares podsg's practice world with the real parts and writes
// the report. It fails if there is a difference without a reason, or a reason
// without a difference.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"podsg/e2e/parity"
	"podsg/e2e/rig"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "parity:", err)
		os.Exit(1)
	}
}

func run() error {
	var o rig.Options
	flag.StringVar(&o.ControlPlane, "control-plane", "bin/controlplane", "the binary of the command controlplane")
	flag.StringVar(&o.Controller, "controller", "bin/vpc-resource-controller", "the binary of the VPC resource controller")
	flag.StringVar(&o.Definitions, "definitions", "bin/definitions", "directory of the VPC resource controller's CustomResourceDefinitions")
	report := flag.String("report", "../docs/parity.md", "the report to write")
	flag.Parse()
	if err := rig.Isolate(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	worlds, err := parity.Start(ctx, o, os.Stderr)
	if err != nil {
		return err
	}
	defer worlds.Close()
	results, err := worlds.Compare(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(*report, parity.Report(results), 0o644); err != nil {
		return err
	}
	return parity.Judge(results)
}
