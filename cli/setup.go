package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podsg/steps"
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui"
)

func newSetup(a *app, o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Carry out the whole procedure: questions, plan, one confirmation, run, proof",
		Example: `  podsg setup --cluster workshop
  podsg setup --answers answers.yaml --yes -o json
  podsg setup --cluster workshop --database my-db --db-password-from env:DB_PASSWORD --yes`,
		Args: noArguments,
	}
	o.addWorld(cmd)
	addAnswerFlags(cmd.Flags())
	cmd.Flags().StringVar(&o.answers, "answers", "", "read the answers from this YAML `file`; - is standard input")
	yes := cmd.Flags().BoolP("yes", "y", false, "ask nothing: carry the plan out")
	format := addOutput(cmd, formatText, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.newSession(cmd, o)
		if err != nil {
			return err
		}
		defer s.close()
		if !*yes && *format == formatText && a.tty.answers() {
			return s.interact(cmd.Context(), ui.StartWizard)
		}
		ctx, cancel := s.limited(cmd.Context())
		defer cancel()
		return s.setup(ctx, *yes, *format)
	}
	return cmd
}

// setup plans, applies and verifies without asking anything.
func (s *session) setup(ctx context.Context, yes bool, format string) error {
	result, planned, err := s.runSetup(ctx, yes)
	if err == nil {
		err = s.verdictOf(result)
	}
	if result == nil {
		return err
	}
	if format == formatJSON {
		if printErr := s.app.printJSON(result); printErr != nil {
			return printErr
		}
	} else if printErr := s.app.print(s.setupText(result, planned)); printErr != nil {
		return printErr
	}
	if result.Outcome != plan.OutcomeDone {
		s.sayResume(s.app.again())
		s.sayBill(result)
	}
	return err
}

// runSetup returns a result as soon as something may have been changed; before
// that there is only an error.
func (s *session) runSetup(ctx context.Context, yes bool) (*plan.Result, *plan.Plan, error) {
	o, target, planned, err := s.plan(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, note := range planned.Notes {
		s.app.say("note: %s", note)
	}
	if !yes && !planned.Empty() {
		return nil, nil, world.Usage("podsg plan shows what would be changed; --yes carries it out",
			"%s a confirmation, and there is no terminal to ask at", counted(len(planned.Changes), "change needs", "changes need"))
	}
	report := newReporter(s.app, s.log)
	result := s.engine.Apply(ctx, o, target, planned, report.observe)
	if result.Outcome != plan.OutcomeDone {
		return &result, planned, orInterrupted(result.Failed)
	}
	if !target.Verify {
		return &result, planned, nil
	}
	verification, err := s.engine.Verify(ctx, o, target, report.observe)
	result.Verification = &verification
	if err != nil {
		failure := failureOf(err)
		failure.ID = string(check.StepVerdict)
		result.Outcome, result.Failed = plan.OutcomeFailed, &failure
		if world.KindOf(err) == world.ProblemInterrupted {
			result.Outcome = plan.OutcomeInterrupted
		}
		return &result, planned, err
	}
	return &result, planned, nil
}

// plan observes, settles the answers and plans. Answers that are still open are
// an error that names them.
func (s *session) plan(ctx context.Context) (*steps.Observation, intent.Target, *plan.Plan, error) {
	o, target, err := s.settle(ctx)
	if err != nil {
		return nil, target, nil, err
	}
	plan, err := steps.MakePlan(o.Snapshot, &target)
	return o, target, plan, err
}

// settle observes and settles the answers.
func (s *session) settle(ctx context.Context) (*steps.Observation, intent.Target, error) {
	o, err := s.observe(ctx)
	if err != nil {
		return nil, intent.Target{}, err
	}
	if err := steps.Plannable(o.Snapshot); err != nil {
		return nil, intent.Target{}, err
	}
	if elsewhere := intent.NamespaceToDiagnose(o.Snapshot, s.intent); elsewhere != s.intent.Namespace {
		s.app.say("namespace %s: the default; the policies are in %s, and -n %s works there", intent.DefaultNamespace, elsewhere, elsewhere)
	}
	target, questions, err := intent.Resolve(o.Snapshot, s.intent)
	if err == nil {
		err = openQuestions(questions)
	}
	return o, target, named(err, s.sources)
}

func (s *session) observe(ctx context.Context) (*steps.Observation, error) {
	if err := s.settleCluster(ctx); err != nil {
		return nil, err
	}
	o, err := s.engine.Observe(ctx, s.intent, newReporter(s.app, s.log).observe)
	if err == nil && world.KindOf(o.KubeErr) == world.ProblemUsage {
		return nil, o.KubeErr // a kubeconfig or a context that cannot be meant
	}
	return o, err
}

// openQuestions is an error that names every answer that is missing, with its
// choices.
func openQuestions(questions []intent.Question) error {
	if len(questions) == 0 {
		return nil
	}
	lines := []string{counted(len(questions), "answer is", "answers are") + " missing, and nobody can be asked:"}
	for _, q := range questions {
		lines = append(lines, fmt.Sprintf("%s (answers: %s): %s", q.Flag, q.Key, q.Text))
		for _, c := range q.Choices {
			if c.Disabled == "" {
				lines = append(lines, "  "+strings.TrimSpace(strings.Join(append([]string{orDefault(c.Value, c.Label)}, c.Detail...), "  ")))
			}
		}
	}
	return world.Usage("give them as flags, as PODSG_ variables, or in an answers file", "%s", strings.Join(lines, "\n"))
}

// verdictOf is the error that a finished result calls for.
func (s *session) verdictOf(r *plan.Result) error {
	if r.Verification == nil || r.Verification.Proven {
		return nil
	}
	return &world.Problem{
		Kind: world.ProblemChecks, Doing: "prove that only the chosen pods reach the database",
		Err: fmt.Errorf("%s", strings.Join(r.Verification.Reasons, "; ")), Hint: "the diagnosis names the cause",
		Command: commandLine("podsg", "diagnose", "--cluster", r.Cluster),
	}
}

func orInterrupted(f *plan.Failure) error {
	if f != nil && f.Err != nil {
		return f.Err
	}
	if f != nil {
		return fmt.Errorf("%s", f.Error)
	}
	return &world.Problem{Kind: world.ProblemInterrupted, Err: errInterrupted.Err}
}

// sayResume tells how to go on after an interruption or a failure.
func (s *session) sayResume(command string) {
	if s.world != nil {
		s.app.say("the practice world has ended with podsg; the next one starts anew")
		return
	}
	s.app.say("to go on from the world as it is: %s", command)
}

// sayBill tells how to end the costs of a run that did not come to its end.
func (s *session) sayBill(r *plan.Result) {
	if s.world != nil {
		return
	}
	for _, x := range r.Resources {
		if x.Kind == world.KindDBInstance && x.Created {
			s.app.say("database %s bills until it is deleted; to remove all that podsg made: %s", x.ID, commandLine("podsg", "cleanup", "--cluster", r.Cluster))
		}
	}
}

// again is the command line that was given.
func (a *app) again() string { return commandLine(append([]string{"podsg"}, a.Args...)...) }
