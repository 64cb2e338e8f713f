// Package plain asks the questions of the pages and tells the events of the run
// line by line: for screen readers, for terminals that cannot draw, and for pipes.
//
// The rules are:
//
//   - It asks what the pages ask, checked by what checks the pages; it has no
//     rules of its own about answers.
//   - Every question shows what an empty line answers, and where that comes from.
//   - No colours, no cursor movements, nothing that is written twice.
//   - The end of the input is an error that names what was asked.
package plain

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"

	"podsg/steps/clean"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui/pages"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// Run runs a session line by line. It returns when the session is over, the
// input has ended or ctx has.
func Run(ctx context.Context, options wizard.Options) (wizard.Outcome, error) {
	options.NoColor = true
	p := &plain{
		ctx: ctx,
		m:   wizard.New(options, wizard.RealEnvironment(ctx, options.Log), theme.New(true, colorprofile.NoTTY), pages.New, pages.NewDiagnosis()),
		in:  newLineReader(options.Input),
		out: options.Output,
	}
	file, ok := options.Input.(interface{ Fd() uintptr })
	p.echo = !ok || !term.IsTerminal(file.Fd())
	if p.out == nil {
		p.out = io.Discard
	}
	err := p.session()
	p.m.Quitting = true
	switch {
	case errors.Is(err, errPlainQuit), err != nil && ctx.Err() != nil && p.m.Outcome.Result == nil:
		p.m.Outcome.Left, err = true, nil
	case err != nil:
		return pages.FinalOutcome(p.m), err
	}
	if p.outErr != nil {
		err = &world.Problem{Doing: "write the answer", Err: p.outErr}
	}
	return pages.FinalOutcome(p.m), err
}

// plain is a session of the plain mode. The model holds the answers and what
// follows from them, as it does for the screens; it is never drawn.
type plain struct {
	ctx context.Context
	m   *wizard.Session
	in  *lineReader
	// echo says that the answers are not seen where the questions are: they do
	// not come from a terminal.
	echo bool

	mu     sync.Mutex // events are told from other goroutines
	out    io.Writer
	outErr error
}

// plainWidth is the width to which long texts are broken.
const plainWidth = 78

// prompt writes a text without ending its line.
func (p *plain) prompt(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.outErr == nil {
		_, p.outErr = io.WriteString(p.out, clean.Text(text))
	}
}

// line writes a line, whatever was read into its text.
func (p *plain) line(text string) { p.prompt(clean.Line(text) + "\n") }

// lines writes a text of several lines.
func (p *plain) lines(text string) { p.prompt(text + "\n") }

// paragraph writes a long text in several lines.
func (p *plain) paragraph(text string) {
	p.lines(strings.Join(widget.Wrap(clean.Line(text), plainWidth), "\n"))
}

// session runs the session from its first question to its end.
func (p *plain) session() error {
	p.greet()
	if p.m.Diagnose && p.m.Intent.Cluster != "" {
		return p.diagnose()
	}
	if err := p.list(); err != nil {
		return err
	}
	if p.m.Diagnose {
		if err := p.chooseCluster(); err != nil {
			return err
		}
		return p.diagnose()
	}
	if err := p.questions(); err != nil {
		return err
	}
	return p.run()
}

func (p *plain) greet() {
	p.line(strings.TrimSpace("podsg " + p.m.Options.Version))
	if s := p.m.Options.Sandbox; s != nil {
		p.paragraph("This is the practice world " + s.Scenario + ": nothing costs money and nothing can break.")
	}
	if !p.m.Diagnose {
		p.paragraph("Nothing is changed before you confirm the plan. An empty line takes the answer in brackets; " +
			plainExplain + " explains, " + plainBack + " goes back, " + plainQuit + " leaves.")
	}
}

// again reports a problem, and asks whether to try again. It returns the
// problem itself when there is nobody who could say.
func (p *plain) again(problem error) error {
	if p.ctx.Err() != nil || world.KindOf(problem) == world.ProblemUsage {
		return problem
	}
	p.problem(problem)
	_, err := p.ask(asking{label: "Try again", value: "yes"})
	switch {
	case err == nil:
		return nil
	case world.KindOf(err) == world.ProblemUsage, p.ctx.Err() != nil:
		return problem
	}
	p.m.Outcome.Err = problem
	return errPlainQuit
}

// problem writes an error with what can be done about it.
func (p *plain) problem(err error) {
	p.line("Problem: " + phrase.Sentence(err.Error()))
	var about *world.Problem
	if errors.As(err, &about) && about.Permission != "" {
		p.line("Missing permission: " + about.Permission)
	}
	hint, command := world.HintOf(err)
	if hint != "" {
		p.line(phrase.Sentence(hint))
	}
	if command != "" {
		p.lines("Command: " + command)
	}
}

// list asks AWS who the caller is and which clusters there are.
func (p *plain) list() error {
	s := p.m
	for {
		p.line("Asking AWS who you are and which clusters there are …")
		var wg sync.WaitGroup
		wg.Go(func() { s.Identity, s.IdentityErr = s.Options.Engine.Identity(p.ctx) })
		wg.Go(func() { s.Clusters, s.ClustersErr = s.Options.Engine.Clusters(p.ctx) })
		wg.Wait()
		s.Listed = true
		err := s.IdentityErr
		if err == nil {
			err = s.ClustersErr
		}
		if err == nil {
			p.line("Account " + s.Identity.Account + ", " + s.Identity.ARN + ", region " + s.Identity.Region + ".")
			return nil
		}
		if err := p.again(err); err != nil {
			return err
		}
	}
}

// observe reads the chosen cluster.
func (p *plain) observe() error {
	s := p.m
	for {
		p.line("Reading cluster " + s.Intent.Cluster + " …")
		obs, err := s.Options.Engine.Observe(p.ctx, wizard.Clone(s.Intent), func(e plan.Event) {
			if e.Progress != nil {
				p.line("  read " + e.Progress.Text)
			}
		})
		if err == nil {
			s.World.Obs, s.World.Err, s.World.Stale, s.World.Scope = obs, nil, false, wizard.ScopeOf(s.Intent)
			s.Identity = obs.Cloud.Identity
			if s.OnlyChecks {
				s.Intent.Namespace = intent.NamespaceToDiagnose(obs.Snapshot, s.Intent)
			}
			s.World.Settle(s.Intent, s.OnlyChecks)
			if s.World.Scope != wizard.ScopeOf(s.Intent) {
				continue // another namespace is the one to look at
			}
			return nil
		}
		if err := p.again(err); err != nil {
			return err
		}
	}
}

// observeIfChanged reads the world again if the answers ask for another part
// of it.
func (p *plain) observeIfChanged() error {
	if p.m.World.Obs != nil && p.m.World.Scope == wizard.ScopeOf(p.m.Intent) {
		return nil
	}
	return p.observe()
}
