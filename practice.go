package main

import (
	"context"

	"podsg/cli"
	"podsg/sandbox"
)

// worlds starts the practice worlds. It is the only place where podsg calls
// them: everything else knows a world by what it exports.
type worlds struct{}

var _ cli.Practice = worlds{}

// Scenarios implements [cli.Practice].
func (worlds) Scenarios() []cli.Scenario {
	var out []cli.Scenario
	for _, s := range sandbox.Scenarios() {
		out = append(out, cli.Scenario{Name: s.Name, Title: s.Title, Description: s.Description, Check: s.Check})
	}
	return out
}

// Start implements [cli.Practice].
func (worlds) Start(ctx context.Context, o cli.WorldOptions) (cli.World, error) {
	w, err := sandbox.Start(ctx, sandbox.Options{Scenario: o.Scenario, Speed: o.Speed, Logger: o.Log})
	if err != nil {
		return nil, err
	}
	return world{w}, nil
}

// world is a practice world that runs.
type world struct{ *sandbox.World }

// Environment implements [cli.World].
func (w world) Environment() []cli.Variable {
	var out []cli.Variable
	for _, v := range w.Env() {
		out = append(out, cli.Variable{Name: v.Name, Value: v.Value})
	}
	return out
}
