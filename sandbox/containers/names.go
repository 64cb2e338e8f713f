package containers

import (
	"context"
	"fmt"
	"strings"
)

// nslookupProgram is BusyBox's nslookup NAME [SERVER].
func nslookupProgram(ctx context.Context, p *invocation) int {
	set, rest := options(p.args[1:], "")
	if unknownOption(p, set, "") || len(rest) == 0 {
		fmt.Fprintln(p.stderr, "Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]")
		return 1
	}
	name := rest[0]
	addresses, err := p.container.resolve(ctx, name)
	switch err {
	case nil:
	case errTryAgain:
		fmt.Fprint(p.stderr, ";; connection timed out; no servers could be reached\n\n")
		return 1
	default:
		fmt.Fprintf(p.stdout, "** server can't find %s: NXDOMAIN\n\n", name)
		return 1
	}
	fmt.Fprintln(p.stdout, "Non-authoritative answer:")
	for _, address := range addresses {
		fmt.Fprintf(p.stdout, "Name:\t%s\nAddress: %s\n", name, address)
	}
	fmt.Fprintln(p.stdout)
	return 0
}

// exitKeyNotFound is getent's exit code for a key that is not in the database.
const exitKeyNotFound = 2

// getentProgram is getent hosts|ahosts NAME.
func getentProgram(ctx context.Context, p *invocation) int {
	if len(p.args) < 3 || p.args[1] != "hosts" && p.args[1] != "ahosts" {
		fmt.Fprintf(p.stderr, "Unknown database: %s\n", strings.Join(p.args[1:], " "))
		return 1
	}
	code := 0
	for _, name := range p.args[2:] {
		addresses, err := p.container.resolve(ctx, name)
		if err != nil {
			code = exitKeyNotFound
			continue
		}
		for _, address := range addresses {
			fmt.Fprintf(p.stdout, "%-15s %s\n", address, name)
		}
	}
	return code
}
