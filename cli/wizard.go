package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"podsg/cli/answers"
	"podsg/cli/clients"
	"podsg/cli/practice"
	"podsg/steps"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/render"
	"podsg/steps/shell"
	"podsg/steps/world"
	"podsg/ui"
)

// uiEngine is what the screens ask of the world.
type uiEngine struct {
	clients.Engine
	cloud plan.Cloud
}

func (e uiEngine) Identity(ctx context.Context) (world.Identity, error) { return e.cloud.Identity(ctx) }
func (e uiEngine) Clusters(ctx context.Context) ([]string, error)       { return e.cloud.Clusters(ctx) }

// interact runs a session of the terminal interface and reports how it ended.
func (s *session) interact(ctx context.Context, start ui.Start) error {
	options := s.uiOptions(start)
	options.Panes = func(scope ui.PaneScope) []ui.Pane { return s.views(ctx, scope) }
	out, err := s.screens.run(ctx, options)
	if out.Summary != "" {
		if printErr := s.out.Print(strings.TrimRight(out.Summary, "\n") + "\n"); printErr != nil {
			return printErr
		}
	}
	if err != nil {
		return err
	}
	if out.Err != nil {
		s.out.Fail(out.Err, ExitCode(out.Err))
	} else if out.Result != nil && steps.Err(out.Result) != nil && out.Result.Outcome == plan.OutcomeFailed {
		s.out.Fail(steps.Err(out.Result), ExitCode(steps.Err(out.Result)))
	}
	if out.Resume != "" {
		s.sayResume(out.Resume)
	}
	return exit(ExitCode(out.Failure()))
}

func (s *session) uiOptions(start ui.Start) ui.Options {
	o := ui.Options{
		Engine: uiEngine{s.Engine, s.Cloud}, Start: start, Intent: s.intent, Sources: s.sources,
		Region: s.intent.Region, Context: s.options.context, Version: s.version,
		Terminal: s.screens.open(),
		Exports:  exports(), SaveAnswers: saveAnswers, Resume: s.resumeCommand, Flag: answers.FlagOf, Log: s.log,
	}
	if s.world != nil {
		o.Sandbox, o.Region = &ui.Sandbox{Scenario: s.options.sandbox, Speed: s.options.sandboxSpeed}, s.world.Get(practice.VariableRegion)
	}
	return o
}

// exports are the forms in which the screens write a plan to a file.
func exports() []ui.Export {
	return []ui.Export{
		{Name: "shell script", File: "podsg-plan.sh", Render: func(_ *world.Snapshot, _ *intent.Target, p *plan.Plan) ([]byte, error) {
			return []byte(render.RenderPlanShell(p)), nil
		}},
		{Name: "Terraform configuration", File: "podsg-plan.tf", Render: func(_ *world.Snapshot, t *intent.Target, p *plan.Plan) ([]byte, error) {
			return []byte(render.RenderPlanTerraform(p, t.Region)), nil
		}},
		{Name: "text", File: "podsg-plan.txt", Render: func(_ *world.Snapshot, _ *intent.Target, p *plan.Plan) ([]byte, error) {
			return []byte(render.RenderPlanText(p)), nil
		}},
	}
}

// saveAnswers writes an answers file beside the user, never over another file.
func saveAnswers(in intent.Intent) (string, error) {
	data, err := intent.MarshalAnswers(in)
	if err != nil {
		return "", err
	}
	for i := 1; ; i++ {
		name := "podsg-answers.yaml"
		if i > 1 {
			name = fmt.Sprintf("podsg-answers-%d.yaml", i)
		}
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) && i < maxAnswersFiles {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("write answers: %w", err)
		}
		_, err = f.Write(data)
		return name, errors.Join(err, f.Close())
	}
}

// maxAnswersFiles bounds how many names are tried for an answers file.
const maxAnswersFiles = 100

// resumeCommand is the command line that goes on with what was begun at the
// screens: the answers as they are now, and the account and cluster as they were
// chosen.
func (s *session) resumeCommand(in intent.Intent) string {
	words := append([]string{"podsg", "setup"}, answers.Arguments(in)...)
	for _, f := range []struct{ flag, value string }{
		{"--profile", s.options.profile}, {"--kubeconfig", s.options.kubeconfig}, {"--context", s.options.context},
		{"--rds-ca", s.options.rdsCA}, {"--db-proxy", s.options.dbProxy},
	} {
		if f.value != "" {
			words = append(words, f.flag, f.value)
		}
	}
	return shell.Join(words...)
}
