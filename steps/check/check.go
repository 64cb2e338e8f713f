// Package check says what a check is, what it finds, and how checks are run.
//
// A check is one value in one place, a [Check]: what it is called, which facts
// it reads, how bad it can be, what explains it, and the function that looks. It
// is a pure function of a snapshot and a target. The rooms of the procedure
// declare theirs; package steps lists them all, in order.
package check

import (
	"io/fs"

	"podsg/steps/world"
)

// Check is one check of the procedure.
type Check struct {
	ID    string // stable, such as D11
	Title string // what holds when it passes
	// About is what it looks at: an access, unless it says otherwise.
	About About
	// Severity is the worst that it reports: [Fail] or [Warn].
	Severity Status
	// Blocks says that setup cannot get past a failure of it, unless the fix is a
	// change of setup's own.
	Blocks bool
	// Needs are the facts without which it is skipped, with what is missing.
	Needs []world.Fact
	// Uses are facts that it reads besides, where they are known.
	Uses []world.Fact
	// ExplainedBy are the ids of the checks whose failure explains one of this.
	ExplainedBy []string
	// Run looks, and reports what it finds. Reporting nothing means that the check
	// has nothing to say of this cluster.
	Run func(*Context)

	Step  StepID // the step that it belongs to; set by [In]
	pages fs.FS
	room  string
}

// About is what a check looks at.
type About string

// What checks look at.
const (
	// AboutAccess is an access: it is checked of each.
	AboutAccess About = ""
	// AboutCluster is the cluster, the account and its nodes: one look does for all
	// accesses.
	AboutCluster About = "cluster"
	// AboutDatabase is the database of an access: where an access has none, it has
	// nothing to say.
	AboutDatabase About = "database"
)

// In gives checks their step and their pages, which lie beside them in the
// folder of a room, named after their ids.
func In(room string, step StepID, pages fs.FS, checks ...Check) []Check {
	for i := range checks {
		checks[i].room, checks[i].Step, checks[i].pages = room, step, pages
	}
	return checks
}

// Doc is where the check's page lies in the repository.
func (c Check) Doc() string { return "steps/" + c.room + "/" + c.ID + ".md" }

// Page is the check's page, in Markdown.
func (c Check) Page() (string, error) {
	text, err := fs.ReadFile(c.pages, c.ID+".md")
	return string(text), err
}

// Reads are all facts that the check looks at.
func (c Check) Reads() []world.Fact {
	return append(append([]world.Fact(nil), c.Needs...), c.Uses...)
}

// CheckInfo says what a check is, without running it.
type CheckInfo struct {
	ID       string `json:"id"` // stable, such as D11
	Title    string `json:"title"`
	Step     StepID `json:"step"` // the step of the procedure it belongs to
	Severity Status `json:"severity"`
	Doc      string `json:"doc"` // its page in the repository
}

// Info says what the check is.
func (c Check) Info() CheckInfo {
	return CheckInfo{ID: c.ID, Title: c.Title, Step: c.Step, Severity: c.Severity, Doc: c.Doc()}
}

// Find is the check with an id; the zero value if there is none.
func Find(checks []Check, id string) Check {
	for _, c := range checks {
		if c.ID == id {
			return c
		}
	}
	return Check{}
}
