package check

// CheckInfo says what a check is, without running it.
type CheckInfo struct {
	ID    string `json:"id"` // stable, such as D11
	Title string `json:"title"`
	Step  StepID `json:"step"` // the step of the procedure it belongs to
	Doc   string `json:"doc"`  // page of the documentation
}

// Doc is the check's page of the documentation.
func (c Check) Doc() string { return "docs/checks/" + c.ID + ".md" }
