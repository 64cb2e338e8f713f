package ui

import (
	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/keys"
	"podsg/ui/widget"
)

// pageID names a page.
type pageID string

// The pages, in the order of the procedure.
const (
	pageCluster   pageID = "cluster"
	pageAccess    pageID = "access"
	pageNetwork   pageID = "network"
	pageNodes     pageID = "nodes"
	pagePodGroup  pageID = "pod-group"
	pageDatabase  pageID = "database"
	pageLogin     pageID = "database-settings"
	pageRules     pageID = "rules"
	pagePolicy    pageID = "policy"
	pageCNI       pageID = "cni"
	pageProof     pageID = "proof"
	pagePlan      pageID = "plan"
	pageRun       pageID = "run"
	pageVerdict   pageID = "verdict"
	pageDiagnosis pageID = "diagnosis" // beside the procedure
)

// facts describes a page: what never changes about it.
type facts struct {
	id    pageID
	title string // its heading
	rail  string // its name in the step rail
	// steps are the steps of the procedure that the page is about: their
	// findings and the commands of their changes are shown on it.
	steps []steps.StepID
	// answers are the beginnings of the answers keys that are settled here.
	answers []string
	// keys are the answers keys of the fields that are not called as their answer
	// is beneath the first of answers.
	keys map[string]string
	// first says that the page is answered before the cluster is read.
	first bool
	// allChecks says that its checks are told one by one, those that passed too.
	allChecks bool
	// brief pages leave out what they are about where lines are scarce.
	brief bool
}

// drawing is what a page draws: lines, the line that must stay visible when
// they do not all fit, and the text cursor.
type drawing = widget.Drawing

// page is one page. Its methods get the model they belong to; a page holds only
// what the model does not know: cursors and texts being edited.
type page interface {
	facts() facts
	// refresh takes over what the model knows now.
	refresh(m *Session)
	// draw draws the page beneath its heading. Lines beyond the height are
	// scrolled to as the focus moves.
	draw(m *Session, width, height int) drawing
	// act carries out an action; false: the action means nothing here.
	act(m *Session, a keys.Action) (tea.Cmd, bool)
	// next settles what the page asks. It returns false, having said why, when
	// that cannot be.
	next(m *Session) (tea.Cmd, bool)
	// guide is what the page teaches.
	guide(m *Session) guide
	// told are the lines that the plain mode writes before it asks.
	told(m *Session) []string
	// commands are the commands that do or show by hand what the page is about.
	commands(m *Session) []string
	// offers lists the page's own actions for the footer, most useful first.
	offers(m *Session) []keys.Action
	// label is the name of an action on this page; empty: the usual one;
	// noAction: it means nothing here.
	label(m *Session, a keys.Action) string
	// capturing reports whether every key goes to capture: a text is typed.
	capturing(m *Session) bool
	capture(m *Session, k tea.KeyPressMsg) tea.Cmd
	paste(m *Session, text string)
}

// noAction is the label of an action that means nothing on a page.
const noAction = "-"

// guide is what a page teaches: what it is about in three lines of a narrow
// screen, a small drawing, and the long explanation.
type guide struct {
	about   string
	picture []string
	more    []string // paragraphs
}
