package rig

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// vpcCIDR is the VPC's address block, as eksctl makes it.
const vpcCIDR = "192.168.0.0/16"

// isolatedVariable marks the process that lives in the namespace.
const isolatedVariable = "PODSG_E2E_NAMESPACE"

// Isolate makes sure that the program runs in a network namespace in which all
// of the VPC's addresses are its own. The first call runs the program again in a
// new namespace and exits with its exit code; in there, the call returns. Only
// root may make namespaces.
func Isolate() error {
	if os.Getenv(isolatedVariable) == "" {
		return runIsolated()
	}
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		// Addresses of the block can be listened on and connected from without
		// being configured one by one.
		{"route", "replace", "local", vpcCIDR, "dev", "lo"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("prepare the network namespace: ip %v: %w: %s", args, err, out)
		}
	}
	return nil
}

func runIsolated() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), isolatedVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGTERM}
	// The terminal sends its interrupt to both; the one inside cleans up.
	signal.Ignore(os.Interrupt)
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			os.Exit(max(exit.ExitCode(), 1))
		}
		return fmt.Errorf("run in a network namespace of its own (needs root): %w", err)
	}
	os.Exit(0)
	return nil
}
