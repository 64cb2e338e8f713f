package intent

// Notes are what the plan leaves out without having been told to, and why, a
// sentence each.
func (t *Target) Notes() []string {
	var out []string
	if source := t.Sources["verify"]; !t.Verify && source.From == "discovered" && source.Detail != "" {
		out = append(out, source.Detail)
	}
	if source := t.Sources["database.existing.passwordFrom"]; source.From == "answer" && source.Detail != "" {
		out = append(out, source.Detail)
	}
	if note := t.masterNote(); note != "" {
		out = append(out, note)
	}
	return append(out, t.WorkloadNotes...)
}
