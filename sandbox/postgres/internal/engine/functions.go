package engine

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// function is a built-in function. Arguments arrive converted to params; when it is strict,
// a NULL argument gives NULL without a call.
type function struct {
	params   []Type
	optional int // how many of the last params may be left out
	result   Type
	strict   bool
	call     func(sc *scope, args []Value) (Value, error)
}

// lookupFunction finds a function by its name.
func lookupFunction(name string) (function, bool) {
	if f, ok := sessionFunction(name); ok {
		return f, true
	}
	return generalFunction(name)
}

// tell makes a function without parameters.
func tell(t Type, value func(*Session) Value) function {
	return function{result: t, call: func(sc *scope, _ []Value) (Value, error) { return value(sc.session), nil }}
}

// sessionFunction finds the functions about the connection, the server and the transaction.
func sessionFunction(name string) (function, bool) {
	env := func(t Type, value func(*Environment) Value) (function, bool) {
		return tell(t, func(s *Session) Value { return value(&s.env) }), true
	}
	switch name {
	case "version":
		return env(Text, func(e *Environment) Value { return versionText(e.Version) })
	case "current_user", "session_user", "user", "current_role":
		return env(Name, func(e *Environment) Value { return e.User })
	case "current_database", "current_catalog":
		return tell(Name, func(s *Session) Value { return s.db.Name }), true
	case "current_schema":
		return env(Name, func(*Environment) Value { return "public" })
	case "pg_backend_pid":
		return env(Int4, func(e *Environment) Value { return int64(e.PID) })
	case "inet_client_addr":
		return env(Inet, func(e *Environment) Value { return address(e.ClientAddr) })
	case "inet_client_port":
		return env(Int4, func(e *Environment) Value { return int64(e.ClientPort) })
	case "inet_server_addr":
		return env(Inet, func(e *Environment) Value { return address(e.ServerAddr) })
	case "inet_server_port":
		return env(Int4, func(e *Environment) Value { return int64(e.ServerPort) })
	case "pg_is_in_recovery":
		return env(Bool, func(*Environment) Value { return false })
	case "pg_postmaster_start_time":
		return env(Timestamptz, func(e *Environment) Value { return e.Started.UTC() })
	case "clock_timestamp":
		return env(Timestamptz, func(e *Environment) Value { return e.Clock.Now().UTC() })
	case "now", "transaction_timestamp", "current_timestamp":
		return tell(Timestamptz, func(s *Session) Value { return s.transaction().started.UTC() }), true
	case "localtimestamp":
		return tell(Timestamp, func(s *Session) Value { return s.transaction().started.UTC() }), true
	case "current_setting":
		return function{params: []Type{Text, Bool}, optional: 1, result: Text, strict: true, call: currentSetting}, true
	case "to_regclass":
		return function{params: []Type{Text}, result: Regclass, strict: true, call: func(sc *scope, args []Value) (Value, error) {
			return sc.session.relationRef(args[0].(string)), nil
		}}, true
	case "pg_sleep":
		return function{params: []Type{Float8}, result: Void, strict: true, call: pause}, true
	}
	return function{}, false
}

func address(a netip.Addr) Value {
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

func currentSetting(sc *scope, args []Value) (Value, error) {
	name := args[0].(string)
	if value, ok := sc.session.setting(name); ok {
		return value, nil
	}
	if len(args) == 2 && args[1] == true {
		return nil, nil
	}
	return nil, unknownSetting(name)
}

func pause(sc *scope, args []Value) (Value, error) {
	timer := sc.session.env.Clock.NewTimer(time.Duration(args[0].(float64) * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C():
		return "", nil
	case <-sc.ctx.Done():
		return nil, context.Cause(sc.ctx)
	}
}

// relationRef finds a relation by its text name, nil when there is none.
func (s *Session) relationRef(name string) Value {
	schema, rest, qualified := strings.Cut(name, ".")
	if !qualified {
		schema, rest = "public", name
	}
	rest = unquoteName(rest)
	if t := s.table(rest); t != nil && unquoteName(schema) == "public" {
		return RelationRef{OID: t.oid, Name: rest}
	}
	return nil
}

// unquoteName reads an identifier as SQL does: folded unless quoted.
func unquoteName(name string) string {
	if len(name) > 1 && name[0] == '"' && name[len(name)-1] == '"' {
		return strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
	}
	return strings.ToLower(name)
}

func generalFunction(name string) (function, bool) {
	text := func(result Type, f func(string) Value) (function, bool) {
		return function{params: []Type{Text}, result: result, strict: true, call: func(_ *scope, args []Value) (Value, error) {
			return f(args[0].(string)), nil
		}}, true
	}
	switch name {
	case "lower":
		return text(Text, func(s string) Value { return strings.ToLower(s) })
	case "upper":
		return text(Text, func(s string) Value { return strings.ToUpper(s) })
	case "length", "char_length", "character_length":
		return text(Int4, func(s string) Value { return int64(utf8.RuneCountInString(s)) })
	case "host":
		return function{params: []Type{Inet}, result: Text, strict: true, call: func(_ *scope, args []Value) (Value, error) {
			return args[0].(netip.Addr).String(), nil
		}}, true
	case "is truth":
		// x IS [NOT] TRUE and x IS [NOT] FALSE; the blank keeps the name out of reach of a query.
		return function{params: []Type{Bool, Bool, Bool}, result: Bool, call: func(_ *scope, args []Value) (Value, error) {
			return (args[0] == args[1]) != args[2].(bool), nil
		}}, true
	}
	return function{}, false
}

func (a *analyser) call(n call) (expr, error) {
	if isAggregate(n.name) {
		return a.aggregate(n)
	}
	args, err := a.all(n.args)
	if err != nil {
		return expr{}, err
	}
	if n.name == "coalesce" {
		return a.coalesce(n, args)
	}
	f, found := lookupFunction(n.name)
	fits := found && !n.star && len(args) <= len(f.params) && len(args) >= len(f.params)-f.optional
	for i := range args {
		if !fits {
			break
		}
		if args[i], err = a.settle(args[i], f.params[i]); err != nil {
			return expr{}, err
		}
		convert := conversion(args[i].typ, f.params[i], implicitCast)
		if fits = convert != nil; fits {
			args[i] = converted(args[i], f.params[i], convert)
		}
	}
	if !fits {
		return expr{}, noFunction(n, args)
	}
	return expr{typ: f.result, offset: n.offset, eval: func(sc *scope) (Value, error) {
		values := make([]Value, len(args))
		for i, arg := range args {
			v, err := arg.eval(sc)
			if err != nil || v == nil && f.strict {
				return nil, err
			}
			values[i] = v
		}
		return f.call(sc, values)
	}}, nil
}

func noFunction(n call, args []expr) *Error {
	types := make([]string, len(args))
	for i, arg := range args {
		types[i] = arg.typ.String()
	}
	signature := strings.Join(types, ", ")
	if n.star {
		signature = "*"
	}
	e := errorAt(n.offset, codeUndefinedFunction, "function %s(%s) does not exist", n.name, signature)
	e.Hint = "No function matches the given name and argument types. You might need to add explicit type casts."
	return e
}

func (a *analyser) coalesce(n call, args []expr) (expr, error) {
	typ := Text
	if i := slices.IndexFunc(args, func(e expr) bool { return e.typ != Unknown }); i >= 0 {
		typ = args[i].typ
	}
	for i := range args {
		var err error
		if args[i], err = a.settle(args[i], typ); err != nil {
			return expr{}, err
		}
		if !comparable(args[i].typ, typ) {
			return expr{}, errorAt(args[i].offset, codeDatatypeMismatch,
				"COALESCE types %s and %s cannot be matched", typ, args[i].typ)
		}
	}
	return expr{typ: typ, offset: n.offset, eval: func(sc *scope) (Value, error) {
		for _, arg := range args {
			if v, err := arg.eval(sc); v != nil || err != nil {
				return v, err
			}
		}
		return nil, nil
	}}, nil
}
