package engine

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/sqlerror"
	"podsg/sandbox/postgres/internal/syntax"
)

// function is a built-in function of no parameter or one. The argument arrives converted; NULL
// gives NULL without a call.
type function struct {
	params []datum.Type
	result datum.Type
	call   func(sc *scope, args []datum.Value) (datum.Value, error)
}

// lookupFunction finds a function by its name.
func lookupFunction(name string) (function, bool) {
	// tell makes a function that tells about the session.
	tell := func(t datum.Type, value func(*Session) datum.Value) (function, bool) {
		return function{result: t, call: func(sc *scope, _ []datum.Value) (datum.Value, error) {
			return value(sc.session), nil
		}}, true
	}
	switch name {
	case "version":
		return tell(datum.Text, func(s *Session) datum.Value { return versionText(s.env.Version) })
	case "current_user", "session_user", "user", "current_role":
		return tell(datum.Name, func(s *Session) datum.Value { return s.env.User })
	case "current_database", "current_catalog":
		return tell(datum.Name, func(s *Session) datum.Value { return s.db.Name })
	case "current_schema":
		return tell(datum.Name, func(*Session) datum.Value { return "public" })
	case "pg_backend_pid":
		return tell(datum.Int4, func(s *Session) datum.Value { return int64(s.env.PID) })
	case "inet_client_addr":
		return tell(datum.Inet, func(s *Session) datum.Value { return address(s.env.ClientAddr) })
	case "inet_client_port":
		return tell(datum.Int4, func(s *Session) datum.Value { return int64(s.env.ClientPort) })
	case "inet_server_addr":
		return tell(datum.Inet, func(s *Session) datum.Value { return address(s.env.ServerAddr) })
	case "inet_server_port":
		return tell(datum.Int4, func(s *Session) datum.Value { return int64(s.env.ServerPort) })
	case "pg_is_in_recovery":
		return tell(datum.Bool, func(*Session) datum.Value { return false })
	case "host":
		return function{params: []datum.Type{datum.Inet}, result: datum.Text, call: host}, true
	case "pg_sleep":
		return function{params: []datum.Type{datum.Float8}, result: datum.Void, call: pause}, true
	}
	return function{}, false
}

func address(a netip.Addr) datum.Value {
	if !a.IsValid() {
		return nil
	}
	return a
}

// versionText is what version() answers on Amazon RDS for a Graviton instance class.
func versionText(version string) string {
	return "PostgreSQL " + version + " on aarch64-unknown-linux-gnu, compiled by " +
		"aarch64-unknown-linux-gnu-gcc (GCC) 9.5.0, 64-bit"
}

func host(_ *scope, args []datum.Value) (datum.Value, error) {
	return args[0].(netip.Addr).String(), nil
}

func pause(sc *scope, args []datum.Value) (datum.Value, error) {
	timer := sc.session.env.Clock.NewTimer(time.Duration(args[0].(float64) * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C():
		return "", nil
	case <-sc.ctx.Done():
		return nil, context.Cause(sc.ctx)
	}
}

func (a *analyser) call(n syntax.Call) (expr, error) {
	if n.Name == "count" && n.Star {
		a.counts = true
		return expr{typ: datum.Int8, offset: n.Start(), eval: func(sc *scope) (datum.Value, error) {
			return int64(sc.count), nil
		}}, nil
	}
	args := make([]expr, len(n.Args))
	for i, arg := range n.Args {
		var err error
		if args[i], err = a.expression(arg); err != nil {
			return expr{}, err
		}
	}
	f, found := lookupFunction(n.Name)
	if !found || n.Star || len(args) != len(f.params) {
		return expr{}, noFunction(n, args)
	}
	for i, t := range f.params {
		var err error
		if args[i], err = a.settle(args[i], t); err != nil {
			return expr{}, err
		}
		convert := conversion(args[i].typ, t, implicitCast)
		if convert == nil {
			return expr{}, noFunction(n, args)
		}
		args[i] = converted(args[i], t, convert)
	}
	return expr{typ: f.result, offset: n.Start(), eval: func(sc *scope) (datum.Value, error) {
		values, err := evaluate(sc, args)
		if err != nil || slices.Contains(values, nil) {
			return nil, err
		}
		return f.call(sc, values)
	}}, nil
}

// evaluate evaluates expressions.
func evaluate(sc *scope, exprs []expr) ([]datum.Value, error) {
	values := make([]datum.Value, len(exprs))
	for i, e := range exprs {
		var err error
		if values[i], err = e.eval(sc); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func noFunction(n syntax.Call, args []expr) *sqlerror.Error {
	types := make([]string, len(args))
	for i, arg := range args {
		types[i] = arg.typ.String()
	}
	signature := strings.Join(types, ", ")
	if n.Star {
		signature = "*"
	}
	e := sqlerror.At(n.Start(), sqlerror.CodeUndefinedFunction, "function %s(%s) does not exist", n.Name, signature)
	e.Hint = "No function matches the given name and argument types. You might need to add explicit type casts."
	return e
}
