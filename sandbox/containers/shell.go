package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// Exit codes of a shell.
const (
	exitMisuse     = 2   // wrong options, syntax error
	exitNoExec     = 126 // found but not executable
	exitNotFound   = 127
	exitTerminated = 143 // 128 + SIGTERM
)

// shellProgram is sh and bash: [-options] [-c script [name [argument…]]] | file [argument…].
func shellProgram(ctx context.Context, p *invocation) int {
	name := path.Base(p.args[0])
	call, err := parseShellCall(p.args[1:])
	if err != nil {
		fmt.Fprintf(p.stderr, "%s: %v\n", name, err)
		return exitMisuse
	}
	script, scriptName := call.script, name
	switch {
	case call.hasScript:
		if len(call.args) > 0 {
			scriptName, call.args = call.args[0], call.args[1:]
		}
	case len(call.args) > 0:
		scriptName = call.args[0]
		data, err := p.container.files.readFile(p.absolute(scriptName))
		if err != nil {
			fmt.Fprintf(p.stderr, "%s: can't open '%s': %v\n", name, scriptName, err)
			return exitMisuse
		}
		script, call.args = string(data), call.args[1:]
	default:
		data, err := io.ReadAll(p.input())
		if err != nil {
			return 1
		}
		script = string(data)
		p.stdin = nil
	}
	// BusyBox's sh understands POSIX; bash is bash.
	language := syntax.LangPOSIX
	if name == "bash" {
		language = syntax.LangBash
	}
	file, err := syntax.NewParser(syntax.Variant(language)).Parse(strings.NewReader(script), scriptName)
	if err != nil {
		fmt.Fprintf(p.stderr, "%s: syntax error: %v\n", name, err)
		return exitMisuse
	}
	s := &shell{container: p.container, name: name, functions: functionsIn(file)}
	return s.run(ctx, p, file, call)
}

// shellCall is a parsed command line of a shell.
type shellCall struct {
	options   []string
	hasScript bool
	script    string
	args      []string
}

func parseShellCall(args []string) (shellCall, error) {
	var call shellCall
	for len(args) > 0 && len(args[0]) > 1 && strings.IndexByte("-+", args[0][0]) >= 0 {
		option := args[0]
		args = args[1:]
		if option == "--" {
			break
		}
		rest := strings.NewReplacer("c", "", "l", "", "i", "", "s", "").Replace(option[1:])
		call.hasScript = call.hasScript || option[0] == '-' && strings.Contains(option, "c")
		if strings.HasSuffix(rest, "o") && len(args) > 0 {
			call.options = append(call.options, option[:1]+rest, args[0])
			args = args[1:]
		} else if rest != "" {
			call.options = append(call.options, option[:1]+rest)
		}
	}
	if call.hasScript {
		if len(args) == 0 {
			return call, errors.New("-c requires an argument")
		}
		call.script, args = args[0], args[1:]
	}
	call.args = args
	return call, nil
}

// functionsIn lists the functions a script defines.
func functionsIn(file *syntax.File) []string {
	var names []string
	syntax.Walk(file, func(n syntax.Node) bool {
		if f, ok := n.(*syntax.FuncDecl); ok && f.Name != nil {
			names = append(names, f.Name.Value)
		}
		return true
	})
	return names
}

// shell is one running shell. Its handlers stand between the interpreter and the machine: see
// also shell_guard.go for what the interpreter would do by itself.
type shell struct {
	container *container
	name      string
	functions []string
}

func (s *shell) run(ctx context.Context, p *invocation, file *syntax.File, call shellCall) int {
	env := newShellEnviron(p.env)
	runner, err := interp.New(
		interp.Env(env),
		// Not interp.Dir, which looks for the directory on the machine.
		func(r *interp.Runner) error { r.Dir = p.dir; return nil },
		interp.StdIO(p.stdin, p.stdout, p.stderr),
		interp.CallHandler(s.guard),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return s.exec }),
		interp.OpenHandler(s.open),
		interp.StatHandler(s.stat),
		interp.AccessHandler(s.access),
		interp.ReadDirHandler2(s.readDir),
		interp.Params(append(append(call.options, "--"), call.args...)...),
	)
	if err != nil {
		fmt.Fprintf(p.stderr, "%s: %v\n", s.name, err)
		return exitMisuse
	}
	runner.Reset()
	env.seal()
	return s.exitCode(ctx, p, runner.Run(ctx, file))
}

// exitCode turns the outcome of a script into the shell's exit code.
func (s *shell) exitCode(ctx context.Context, p *invocation, err error) int {
	var status interp.ExitStatus
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		return exitKilled
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintf(p.stderr, "%s: %v\n", s.name, err)
	return 1
}

// exec runs a command that is neither a builtin nor a function.
func (s *shell) exec(ctx context.Context, args []string) error {
	h := interp.HandlerCtx(ctx)
	stdin, release := interruptibleInput(ctx, h.Stdin)
	defer release()
	p := &invocation{
		container: s.container, args: args, env: exported(h.Env), dir: h.Dir,
		stdin: stdin, stdout: h.Stdout, stderr: h.Stderr,
	}
	code := 0
	if found, ok := s.container.lookup(args[0]); ok {
		code = s.container.run(ctx, found, p)
	} else {
		code = s.missing(p)
	}
	if code != 0 {
		return interp.ExitStatus(code)
	}
	return nil
}

// missing reports a command that does not exist, or a file that is there and no program:
// mounted files have no execute permission.
func (s *shell) missing(p *invocation) int {
	name := p.args[0]
	if _, ok := s.internal(p); ok {
		return s.runInternal(p)
	}
	if strings.Contains(name, "/") {
		if _, err := s.container.files.stat(p.absolute(name)); err == nil {
			fmt.Fprintf(p.stderr, "%s: %s: Permission denied\n", s.name, name)
			return exitNoExec
		}
	}
	fmt.Fprintf(p.stderr, "%s: %s: not found\n", s.name, name)
	return exitNotFound
}

// interruptibleInput makes reads from a pipe of the interpreter fail once ctx has ended.
func interruptibleInput(ctx context.Context, r io.Reader) (io.Reader, func()) {
	pipe, ok := r.(*os.File)
	if !ok {
		return r, func() {}
	}
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		pipe.SetReadDeadline(time.Unix(1, 0)) // long past
		close(interrupted)
	})
	return r, func() {
		if !stop() {
			<-interrupted
			pipe.SetReadDeadline(time.Time{})
		}
	}
}

func exported(env expand.Environ) []string {
	var list []string
	env.Each(func(name string, v expand.Variable) bool {
		list = slices.DeleteFunc(list, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
		if v.IsSet() && v.Exported && v.Kind == expand.String {
			list = append(list, name+"="+v.Str)
		}
		return true
	})
	slices.Sort(list)
	return list
}

func (s *shell) open(ctx context.Context, name string, flag int, _ os.FileMode) (io.ReadWriteCloser, error) {
	h := interp.HandlerCtx(ctx)
	name = strings.TrimPrefix(name, hostProof)
	full := name
	if !path.IsAbs(full) {
		full = path.Join(h.Dir, full)
	}
	switch full {
	case "/dev/stdout", "/proc/self/fd/1", "/dev/fd/1":
		return passThrough{h.Stdout}, nil
	case "/dev/stderr", "/proc/self/fd/2", "/dev/fd/2":
		return passThrough{h.Stderr}, nil
	}
	f, err := s.container.files.open(path.Clean(full), flag)
	if err == nil {
		return f, nil
	}
	action := "can't open"
	if flag&os.O_CREATE != 0 {
		action = "can't create"
	}
	return nil, &fs.PathError{Op: s.name + ": " + action, Path: name, Err: err}
}

// passThrough is a stream that was opened by its name in /dev.
type passThrough struct{ io.Writer }

func (passThrough) Read([]byte) (int, error) { return 0, io.EOF }
func (passThrough) Close() error             { return nil }

func (s *shell) stat(_ context.Context, name string, _ bool) (fs.FileInfo, error) {
	return s.container.files.stat(path.Clean(name))
}

func (s *shell) access(_ context.Context, name string, mode interp.AccessMode) error {
	info, err := s.container.files.stat(path.Clean(name))
	if err != nil {
		return err
	}
	if uint32(info.Mode().Perm()>>6)&uint32(mode) != uint32(mode) {
		return fs.ErrPermission
	}
	return nil
}

func (s *shell) readDir(_ context.Context, name string) ([]fs.DirEntry, error) {
	return s.container.files.readDir(path.Clean(name))
}
