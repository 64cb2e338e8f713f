package main

import (
	"context"

	"podsg/cli/practice"
	"podsg/sandbox"
	"podsg/sandbox/scenario"
)

// worlds starts the practice worlds. It is the only place where podsg calls
// them: everything else knows a world by what it exports.
type worlds struct{}

var _ practice.Worlds = worlds{}

// Scenarios implements [practice.Worlds].
func (worlds) Scenarios() []practice.Scenario {
	var out []practice.Scenario
	for _, s := range scenario.All() {
		out = append(out, practice.Scenario{Name: s.Name, Title: s.Title, Description: s.Description, Check: s.Check})
	}
	return out
}

// Start implements [practice.Worlds].
func (worlds) Start(ctx context.Context, o practice.Options) (practice.World, error) {
	w, err := sandbox.Start(ctx, sandbox.Options{Scenario: o.Scenario, Speed: o.Speed, Logger: o.Log})
	if err != nil {
		return nil, err
	}
	return world{w}, nil
}

// world is a practice world that runs.
type world struct{ *sandbox.World }

// Environment implements [practice.World].
func (w world) Environment() []practice.Variable {
	var out []practice.Variable
	for _, v := range w.Env() {
		out = append(out, practice.Variable{Name: v.Name, Value: v.Value})
	}
	return out
}
