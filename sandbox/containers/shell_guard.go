package containers

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
)

// The interpreter is made for scripts that belong on the machine: beside the handlers it looks
// up programs and scripts in PATH, makes pipes in TMPDIR, and asks for users and directories.
// This file closes these ways out.

// hostProof marks a path that must not be found on the machine: no file name can contain a
// zero byte, so the lookup fails before it reaches the operating system, and the path comes to
// the shell's own open handler, which takes the mark off.
const hostProof = "\x00"

// Names of commands that only guard can call: no word of a script splits into them.
const (
	internalWhich = "command -v"
	internalType  = "type name"
)

// guard sees every simple command before it runs, builtins included, and replaces those that
// would reach for the machine.
func (s *shell) guard(ctx context.Context, args []string) ([]string, error) {
	inner := args
	for len(inner) > 1 && (inner[0] == "command" || inner[0] == "builtin") && !strings.HasPrefix(inner[1], "-") {
		inner = inner[1:]
	}
	switch name := inner[0]; {
	case name == "command" && len(inner) > 1 && (inner[1] == "-v" || inner[1] == "-V"):
		return append([]string{internalWhich}, inner[2:]...), nil
	case name == "type" && len(inner) > 1:
		return append([]string{internalType}, inner[1:]...), nil
	case name == "pwd":
		return []string{"pwd"}, nil // -P would resolve symbolic links of the machine
	case (name == "." || name == "source") && len(inner) > 1:
		file := inner[1]
		if !path.IsAbs(file) {
			file = path.Join(interp.HandlerCtx(ctx).Dir, file)
		}
		return append([]string{name, hostProof + file}, inner[2:]...), nil
	case name == "test" || name == "[":
		// These compare with the machine's user.
		if slices.Contains(inner, "-O") || slices.Contains(inner, "-G") {
			return []string{"false"}, nil
		}
	case name == "trap":
		return trapArguments(inner), nil
	}
	return args, nil
}

// trapArguments leaves out the signals, of which the interpreter knows none: a container here
// is ended as by SIGKILL, so a trap on a signal has nothing to wait for.
func trapArguments(args []string) []string {
	kept := slices.DeleteFunc(slices.Clone(args[1:]), func(arg string) bool {
		return slices.Contains([]string{
			"TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "PIPE", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "1", "2", "3", "15",
		}, arg)
	})
	for i, arg := range kept {
		if arg == "0" && i > 0 {
			kept[i] = "EXIT"
		}
	}
	if len(kept) < len(args)-1 && len(kept) < 2 {
		return []string{"true"}
	}
	return append([]string{"trap"}, kept...)
}

// internal reports whether a command is one that guard made.
func (s *shell) internal(p *invocation) (string, bool) {
	name := p.args[0]
	return name, name == internalWhich || name == internalType
}

// runInternal tells what commands are, as command -v and type do.
func (s *shell) runInternal(p *invocation) int {
	code := 0
	for _, name := range p.args[1:] {
		builtin := interp.IsBuiltin(name) || slices.Contains(s.functions, name)
		_, isProgram := s.container.lookup(name)
		location := "/usr/bin/" + path.Base(name)
		switch {
		case p.args[0] == internalWhich && builtin:
			fmt.Fprintln(p.stdout, name)
		case p.args[0] == internalWhich && isProgram:
			fmt.Fprintln(p.stdout, location)
		case p.args[0] == internalType && builtin:
			fmt.Fprintf(p.stdout, "%s is a shell builtin\n", name)
		case p.args[0] == internalType && isProgram:
			fmt.Fprintf(p.stdout, "%s is %s\n", name, location)
		default:
			if p.args[0] == internalType {
				fmt.Fprintf(p.stdout, "%s: not found\n", name)
			}
			code = exitNotFound
		}
	}
	return code
}

// noTempDir cannot be a folder on any system, so the interpreter can make no named pipe in it.
const noTempDir = "/dev/null/none"

// shellEnviron is the environment a shell starts with. It answers what the interpreter would
// otherwise ask of the machine.
type shellEnviron struct {
	expand.Environ
	sealed atomic.Bool
}

func newShellEnviron(env []string) *shellEnviron {
	return &shellEnviron{Environ: expand.ListEnviron(env...)}
}

// seal is called once the interpreter has chosen its folder for temporary files.
func (e *shellEnviron) seal() { e.sealed.Store(true) }

// Get returns a variable.
func (e *shellEnviron) Get(name string) expand.Variable {
	fixed := func(value string) expand.Variable {
		return expand.Variable{Set: true, Kind: expand.String, Str: value, ReadOnly: true}
	}
	switch {
	case name == "TMPDIR" && !e.sealed.Load():
		return fixed(noTempDir)
	case name == "UID" || name == "EUID" || name == "GID":
		return fixed("0")
	case name == "HOME root":
		return fixed("/root")
	case strings.HasPrefix(name, "HOME "):
		// ~name of an unknown user stays as it is.
		return fixed("~" + strings.TrimPrefix(name, "HOME "))
	}
	return e.Environ.Get(name)
}
