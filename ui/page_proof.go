package ui

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// proofPage asks for the Secret, the test table and the test pods.
type proofPage struct{ formPage }

func newProofPage() *proofPage {
	p := &proofPage{}
	p.about = facts{
		id: pageProof, title: "Secret, test table and proof", rail: "Secret and proof",
		steps:   []steps.StepID{steps.StepSecret, steps.StepSeed, steps.StepTestPods, steps.StepVerdict},
		answers: []string{"secret", "database.seed", "verify"},
		keys:    map[string]string{"secret": "secret.name", "seed": "database.seed", "verify": "verify"},
	}
	p.form = widget.NewForm()
	p.fill, p.store = fillProof, storeProof
	return p
}

func fillProof(m *Session) []widget.Field {
	if m.world.obs == nil {
		return nil
	}
	t := m.world.target
	options := []widget.Option{{Value: "yes", Label: "yes"}, {Value: "no", Label: "no"}}
	return []widget.Field{
		m.field(storeProof, widget.Field{Key: "secret", Label: "Secret", Value: cmp.Or(m.intent.Secret.Name, t.SecretName, steps.DefaultSecretName),
			Source: m.source("secret.name"), Help: "Holds host, port, dbname, username and password for the pods."}),
		{Key: "seed", Label: "Test table", Value: yesNo(t.Seed), Options: options, Source: m.source("database.seed"),
			Help: "Makes the table welcome with three rows, if it is not there."},
		{Key: "verify", Label: "Test pods", Value: yesNo(t.Verify), Options: options, Source: m.source("verify"),
			Help: "Starts a green and a red pod and waits for the proof."},
	}
}

func storeProof(_ *Session, in *steps.Intent, key, value string) {
	yes := value == "yes"
	switch key {
	case "secret":
		in.Secret.Name = value
	case "seed":
		in.Database.Seed = &yes
	case "verify":
		in.Verify = &yes
	}
}

func (p *proofPage) draw(m *Session, width, height int) drawing {
	lines, ok := m.unread(width)
	if !ok {
		return drawing{Lines: lines}
	}
	d := p.formPage.draw(m, width, height)
	password := "made at random; in RDS and the Secret only"
	if src := m.world.target.PasswordSrc; src != "" {
		password = "read from " + src
	} else if !m.createsDatabase() {
		password = "read from where it is kept"
	}
	d.Lines = append(d.Lines, "")
	d.Lines = append(d.Lines, drawPairs(m.theme, []pair{
		{name: "Password", value: password},
		{name: "Encryption", value: encryption(m.world.target.TLSMode)},
	}, width)...)
	if m.reading != nil {
		d.Lines = append(d.Lines, "")
		d.Lines = append(d.Lines, m.waiting(m.reading)...)
	}
	if below := unsettled(m.world.findingsOf(p.about.steps)); len(below) > 0 {
		d.Lines = append(d.Lines, "")
		d.Lines = append(d.Lines, drawFindings(m.theme, below, width)...)
	}
	if m.world.target.Verify {
		d.Lines = append(d.Lines, "", m.theme.Paint(theme.Title, "The proof"))
		d.Lines = append(d.Lines,
			"  "+m.theme.Paint(theme.Good, "green")+"  has the label, must connect from its own branch ENI",
			"  "+m.theme.Paint(theme.Bad, "red")+"    has not, must time out")
	}
	return d
}

func encryption(mode string) string {
	switch mode {
	case steps.TLSVerifyFull:
		return "TLS, the database's certificate is verified"
	case steps.TLSRequire:
		return "TLS, the database's certificate is not verified, as you chose"
	default:
		return ""
	}
}

func (p *proofPage) next(m *Session) (tea.Cmd, bool) { return m.needsWorld() }

func (p *proofPage) commands(m *Session) []string { return m.world.commandsOf(p.about.steps) }
