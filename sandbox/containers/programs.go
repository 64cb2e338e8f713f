package containers

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// findProgram returns a program by its name, nil when there is none.
func findProgram(name string) program {
	switch name {
	case "sh", "ash", "bash":
		return shellProgram
	case "psql":
		return psqlProgram
	case "pg_isready":
		return isReadyProgram
	case "nc":
		return netcatProgram
	case "nslookup":
		return nslookupProgram
	case "getent":
		return getentProgram
	case "cat":
		return catProgram
	case "rm":
		return removeProgram
	case "ls":
		return listProgram
	case "date":
		return dateProgram
	case "env", "printenv":
		return envProgram
	case "hostname":
		return hostnameProgram
	case "sleep":
		return sleepProgram
	case "timeout":
		return timeoutProgram
	case "grep":
		return grepProgram
	case "head":
		return headProgram
	case "tail":
		return tailProgram
	case "tr":
		return trProgram
	case "docker-entrypoint.sh":
		return entrypointProgram
	case "shop":
		return shopProgram
	case "true", "false", "echo", "printf", "test", "pwd":
		return builtinProgram
	}
	return daemon(name)
}

// daemon returns a program that says it has started and then does nothing until it is
// stopped, nil for an unknown name.
func daemon(name string) program {
	line, known := daemonLines[name]
	if !known {
		return nil
	}
	return func(ctx context.Context, p *invocation) int {
		if line != "" {
			fmt.Fprintln(p.stdout, line)
		}
		<-ctx.Done()
		return exitKilled
	}
}

// daemonLines are what idle programs print when they start.
var daemonLines = map[string]string{
	"nginx":             "/docker-entrypoint.sh: Configuration complete; ready for start up",
	"coredns":           ".:53",
	"node-cache":        "CoreDNS is serving the cache of this node",
	"pause":             "",
	"aws-node":          "Starting VPC CNI daemon...",
	"aws-eks-nodeagent": "Starting network policy agent",
	"kube-proxy":        "Starting service config controller",
	"eks-pod-identity":  "Starting EKS Pod Identity Agent",
	"controller":        "starting manager",
	"idle":              "started",
}

// entrypointProgram is that of the postgres images: it starts a server, which is idle here, or
// runs any other command as it is.
func entrypointProgram(ctx context.Context, p *invocation) int {
	if len(p.args) > 1 && p.args[1] != "postgres" && !strings.HasPrefix(p.args[1], "-") {
		return p.call(ctx, p.args[1:])
	}
	fmt.Fprintln(p.stdout, "PostgreSQL init process complete; ready for start up.")
	<-ctx.Done()
	return exitKilled
}

// builtinProgram runs what the shell has built in, for a container that calls it directly.
func builtinProgram(ctx context.Context, p *invocation) int {
	wrapped := *p
	wrapped.args = append([]string{"sh", "-c", p.args[0] + ` "$@"`, "sh"}, p.args[1:]...)
	return shellProgram(ctx, &wrapped)
}

// seconds reads a duration as sleep and timeout do: a number with the unit s, m, h or d.
func seconds(text string) (time.Duration, bool) {
	if text == "infinity" || text == "inf" {
		return 1<<63 - 1, true
	}
	unit := time.Second
	if n := len(text); n > 1 {
		switch text[n-1] {
		case 's':
			text = text[:n-1]
		case 'm':
			unit, text = time.Minute, text[:n-1]
		case 'h':
			unit, text = time.Hour, text[:n-1]
		case 'd':
			unit, text = 24*time.Hour, text[:n-1]
		}
	}
	var number float64
	if _, err := fmt.Sscanf(text+"\n", "%g\n", &number); err != nil || number < 0 {
		return 0, false
	}
	return time.Duration(number * float64(unit)), true
}
