package steps

// notes are what the plan leaves out without having been told to, and why, a
// sentence each.
func (t *Target) notes() []string {
	if source := t.Sources["verify"]; !t.Verify && source.From == "discovered" && source.Detail != "" {
		return []string{source.Detail}
	}
	return nil
}
