package steps

// Status is the outcome of a check.
type Status string

// The outcomes.
const (
	Pass Status = "pass"
	Warn Status = "warn"
	Fail Status = "fail"
	Skip Status = "skip"
)

// Finding is the outcome of one check: a pure function of a snapshot and a
// target. It is shown as it is on screen, in text and in JSON.
type Finding struct {
	ID       string   `json:"id"`   // stable, such as D11
	Step     StepID   `json:"step"` // the step of the procedure it belongs to
	Title    string   `json:"title"`
	Status   Status   `json:"status"`
	Reason   string   `json:"reason"`             // why, in one sentence
	Evidence []string `json:"evidence,omitempty"` // what was seen, a line each
	Fix      *Fix     `json:"fix,omitempty"`
	Doc      string   `json:"doc"`               // page of the documentation
	Objects  []string `json:"objects,omitempty"` // the objects concerned
	// Blocking says that setup cannot mend it and the procedure cannot succeed
	// while it fails.
	Blocking bool `json:"blocking,omitempty"`

	region string // in which the commands of its fix act
}

// Fix says how a failing check is mended.
type Fix struct {
	Text    string `json:"text"`
	Command string `json:"command,omitempty"`
	// Setup says that podsg setup makes this change.
	Setup bool `json:"setup,omitempty"`
}

// Summary counts findings by status.
type Summary struct {
	Pass int `json:"pass"`
	Warn int `json:"warn"`
	Fail int `json:"fail"`
	Skip int `json:"skip"`
}

// Summarize counts findings.
func Summarize(findings []Finding) Summary {
	var s Summary
	for _, f := range findings {
		switch f.Status {
		case Pass:
			s.Pass++
		case Warn:
			s.Warn++
		case Fail:
			s.Fail++
		case Skip:
			s.Skip++
		}
	}
	return s
}

// check is the identity of a check: its stable id and its title.
type check struct{ id, title string }

// findings collects the outcomes of one step's checks.
type findings struct {
	step StepID
	s    *Snapshot
	t    *Target
	out  []Finding
}

func (f *findings) add(c check, status Status, reason string) *Finding {
	f.out = append(f.out, Finding{
		ID: c.id, Step: f.step, Title: c.title, Status: status, Reason: reason, Doc: c.doc(), region: f.t.Region,
	})
	return &f.out[len(f.out)-1]
}

// known adds a skip and reports false when a fact that the check needs is
// missing.
func (f *findings) known(c check, facts ...Fact) bool {
	reason, missing := f.s.Missing(facts...)
	if missing {
		f.add(c, Skip, reason)
	}
	return !missing
}

// expect adds a pass or a fail by a condition.
func (f *findings) expect(c check, ok bool, passed, failed string) *Finding {
	if ok {
		return f.add(c, Pass, passed)
	}
	return f.add(c, Fail, failed)
}

// decide adds a pass, a fail, or a warning when what was observed does not say:
// uncertain says what would have to be known. A warning is no pass: it may hide
// the cause that is looked for.
func (f *findings) decide(c check, ok bool, uncertain, passed, failed string) *Finding {
	if !ok && uncertain != "" {
		return f.add(c, Warn, "it cannot be told for sure: "+uncertain)
	}
	return f.expect(c, ok, passed, failed)
}

func (f *Finding) saw(evidence ...string) *Finding {
	f.Evidence = append(f.Evidence, evidence...)
	return f
}

func (f *Finding) on(objects ...string) *Finding {
	f.Objects = append(f.Objects, objects...)
	return f
}

// mend says how a failing or warning check is mended; a passing one needs none.
func (f *Finding) mend(text, command string) *Finding {
	if f.Status == Fail || f.Status == Warn {
		f.Fix = &Fix{Text: text, Command: inRegion(command, f.region)}
	}
	return f
}

// bySetup says that podsg setup mends it.
func (f *Finding) bySetup(t *Target, text string) *Finding {
	f.mend(text, t.setupCommand())
	if f.Fix != nil {
		f.Fix.Setup = true
	}
	return f
}

// blocks marks a failing check as one that setup cannot get past.
func (f *Finding) blocks() *Finding {
	f.Blocking = f.Status == Fail
	return f
}
