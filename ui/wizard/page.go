package wizard

import (
	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/ui/keys"
	"podsg/ui/widget"
)

// PageID names a page.
type PageID string

// The pages, in the order of the procedure.
const (
	PageCluster   PageID = "cluster"
	PageAccess    PageID = "access"
	PageNetwork   PageID = "network"
	PageNodes     PageID = "nodes"
	PagePodGroup  PageID = "pod-group"
	PageDatabase  PageID = "database"
	PageLogin     PageID = "database-settings"
	PageRules     PageID = "rules"
	PagePolicy    PageID = "policy"
	PageCNI       PageID = "cni"
	PageProof     PageID = "proof"
	PagePlan      PageID = "plan"
	PageRun       PageID = "run"
	PageVerdict   PageID = "verdict"
	PageDiagnosis PageID = "diagnosis" // beside the procedure
)

// Facts describes a page: what never changes about it.
type Facts struct {
	ID    PageID
	Title string // its heading
	Rail  string // its name in the step rail
	// Steps are the steps of the procedure that the page is about: their
	// findings and the commands of their changes are shown on it.
	Steps []check.StepID
	// Answers are the beginnings of the answers keys that are settled here.
	Answers []string
	// Keys are the answers keys of the fields that are not called as their answer
	// is beneath the first of answers.
	Keys map[string]string
	// First says that the page is answered before the cluster is read.
	First bool
	// AllChecks says that its checks are told one by one, those that passed too.
	AllChecks bool
	// Brief pages leave out what they are about where lines are scarce.
	Brief bool
}

// Drawing is what a page draws: lines, the line that must stay visible when
// they do not all fit, and the text cursor.
type Drawing = widget.Drawing

// Page is one page. Its methods get the model they belong to; a page holds only
// what the model does not know: cursors and texts being edited.
type Page interface {
	Facts() Facts
	// Refresh takes over what the model knows now.
	Refresh(s *Session)
	// Draw draws the page beneath its heading. Lines beyond the height are
	// scrolled to as the focus moves.
	Draw(s *Session, width, height int) Drawing
	// Act carries out an action; false: the action means nothing here.
	Act(s *Session, a keys.Action) (tea.Cmd, bool)
	// Next settles what the page asks. It returns false, having said why, when
	// that cannot be.
	Next(s *Session) (tea.Cmd, bool)
	// Guide is what the page teaches.
	Guide(s *Session) Guide
	// Told are the lines that the plain mode writes before it asks.
	Told(s *Session) []string
	// Commands are the commands that do or show by hand what the page is about.
	Commands(s *Session) []string
	// Offers lists the page's own actions for the footer, most useful first.
	Offers(s *Session) []keys.Action
	// Label is the name of an action on this page; empty: the usual one;
	// noAction: it means nothing here.
	Label(s *Session, a keys.Action) string
	// Capturing reports whether every key goes to capture: a text is typed.
	Capturing(s *Session) bool
	Capture(s *Session, k tea.KeyPressMsg) tea.Cmd
	Paste(s *Session, text string)
}

// Editor is a page that may have a text under change.
type Editor interface{ Editing() bool }

// Sided is a page that has something to show beside itself on a wide screen, in
// place of its explanation; no lines: not now.
type Sided interface {
	Aside(s *Session, width int) []string
}

// NoAction is the label of an action that means nothing on a page.
const NoAction = "-"

// Guide is what a page teaches: what it is about in three lines of a narrow
// screen, a small drawing, and the long explanation.
type Guide struct {
	About   string
	Picture []string
	More    []string // paragraphs
}
