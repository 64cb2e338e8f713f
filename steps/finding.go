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
	// Fatal says that later checks cannot tell anything while this one fails.
	Fatal bool `json:"-"`
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
