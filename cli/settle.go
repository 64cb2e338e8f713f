package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"podsg/cli/console"
	"podsg/steps"
)

// plan observes, settles the answers and plans. Answers that are still open are
// an error that names them.
func (s *session) plan(ctx context.Context) (*steps.Observation, steps.Target, *steps.Plan, error) {
	o, target, err := s.settle(ctx)
	if err != nil {
		return nil, target, nil, err
	}
	plan, err := steps.MakePlan(o.Snapshot, &target)
	return o, target, plan, err
}

// settle observes and settles the answers.
func (s *session) settle(ctx context.Context) (*steps.Observation, steps.Target, error) {
	o, err := s.observe(ctx)
	if err != nil {
		return nil, steps.Target{}, err
	}
	if err := steps.Plannable(o.Snapshot); err != nil {
		return nil, steps.Target{}, err
	}
	if elsewhere := steps.NamespaceToDiagnose(o.Snapshot, s.intent); elsewhere != s.intent.Namespace {
		s.out.Say("namespace %s: the default; the policies are in %s, and -n %s works there", steps.DefaultNamespace, elsewhere, elsewhere)
	}
	target, questions, err := steps.Resolve(o.Snapshot, s.intent)
	if err == nil {
		err = openQuestions(questions)
	}
	return o, target, s.sources.Named(err)
}

// openQuestions is an error that names every answer that is missing, with its
// choices.
func openQuestions(questions []steps.Question) error {
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
	return steps.Usage("give them as flags, as PODSG_ variables, or in an answers file", "%s", strings.Join(lines, "\n"))
}
