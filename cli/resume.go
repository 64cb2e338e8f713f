package cli

import (
	"fmt"

	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// orInterrupted is the error of a failure; without one the run was interrupted.
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
		s.out.Say("the practice world has ended with podsg; the next one starts anew")
		return
	}
	s.out.Say("to go on from the world as it is: %s", command)
}

// sayBill tells how to end the costs of a run that did not come to its end.
func (s *session) sayBill(r *plan.Result) {
	if s.world != nil {
		return
	}
	for _, x := range r.Resources {
		if x.Kind == world.KindDBInstance && x.Created {
			s.out.Say("database %s bills until it is deleted; to remove all that podsg made: %s", x.ID, shell.Join("podsg", "cleanup", "--cluster", r.Cluster))
		}
	}
}
