package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"podsg/cli/console"
	"podsg/steps"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

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
		s.out.Say("namespace %s: the default; the policies are in %s, and -n %s works there", intent.DefaultNamespace, elsewhere, elsewhere)
	}
	target, questions, err := intent.Resolve(o.Snapshot, s.intent)
	if err == nil {
		err = openQuestions(questions)
	}
	return o, target, s.sources.Named(err)
}

// openQuestions is an error that names every answer that is missing, with its
// choices.
func openQuestions(questions []intent.Question) error {
	if len(questions) == 0 {
		return nil
	}
	lines := []string{console.Counted(len(questions), "answer is", "answers are") + " missing, and nobody can be asked:"}
	for _, q := range questions {
		lines = append(lines, fmt.Sprintf("%s (answers: %s): %s", q.Flag, q.Key, q.Text))
		for _, c := range q.Choices {
			if c.Disabled == "" {
				lines = append(lines, "  "+strings.TrimSpace(strings.Join(append([]string{cmp.Or(c.Value, c.Label)}, c.Detail...), "  ")))
			}
		}
	}
	return world.Usage("give them as flags, as PODSG_ variables, or in an answers file", "%s", strings.Join(lines, "\n"))
}
