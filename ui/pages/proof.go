package pages

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/ui/draw"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// proofPage asks for the Secret, the test table and the test pods.
type proofPage struct{ FormPage }

func newProofPage() *proofPage {
	p := &proofPage{}
	p.about = wizard.Facts{
		ID: wizard.PageProof, Title: "Secret, test table and proof", Rail: "Secret and proof",
		Steps:   []check.StepID{check.StepSecret, check.StepSeed, check.StepTestPods, check.StepVerdict},
		Answers: []string{"secret", "database.seed", "verify"},
		Keys:    map[string]string{"secret": "secret.name", "seed": "database.seed", "verify": "verify"},
	}
	p.Form = widget.NewForm()
	p.Fill, p.store = fillProof, storeProof
	return p
}

func fillProof(s *wizard.Session) []widget.Field {
	if s.World.Obs == nil {
		return nil
	}
	t := s.World.Target
	options := []widget.Option{{Value: "yes", Label: "yes"}, {Value: "no", Label: "no"}}
	return []widget.Field{
		field(s, storeProof, widget.Field{Key: "secret", Label: "Secret", Value: cmp.Or(s.Intent.Secret.Name, t.SecretName, intent.DefaultSecretName),
			Source: s.Source("secret.name"), Help: "Holds host, port, dbname, username and password for the pods."}),
		{Key: "seed", Label: "Test table", Value: phrase.YesNo(t.Seed), Options: options, Source: s.Source("database.seed"),
			Help: "Makes the table welcome with three rows, if it is not there."},
		{Key: "verify", Label: "Test pods", Value: phrase.YesNo(t.Verify), Options: options, Source: s.Source("verify"),
			Help: "Starts a green and a red pod and waits for the proof."},
	}
}

func storeProof(_ *wizard.Session, in *intent.Intent, key, value string) {
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

func (p *proofPage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	lines, ok := unread(s, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	d := p.FormPage.Draw(s, width, height)
	password := "made at random; in RDS and the Secret only"
	if src := s.World.Target.PasswordSrc; src != "" {
		password = "read from " + src
	} else if !createsDatabase(s) {
		password = "read from where it is kept"
	}
	d.Lines = append(d.Lines, "")
	d.Lines = append(d.Lines, draw.Pairs(s.Theme, []draw.Pair{
		{Name: "Password", Value: password},
		{Name: "Encryption", Value: encryption(s.World.Target.TLSMode)},
	}, width)...)
	if s.Reading != nil {
		d.Lines = append(d.Lines, "")
		d.Lines = append(d.Lines, waiting(s, s.Reading)...)
	}
	if below := draw.Unsettled(s.World.FindingsOf(p.about.Steps)); len(below) > 0 {
		d.Lines = append(d.Lines, "")
		d.Lines = append(d.Lines, draw.Findings(s.Theme, below, width)...)
	}
	if s.World.Target.Verify {
		d.Lines = append(d.Lines, "", s.Theme.Paint(theme.Title, "The proof"))
		d.Lines = append(d.Lines,
			"  "+s.Theme.Paint(theme.Good, "green")+"  has the label, must connect from its own branch ENI",
			"  "+s.Theme.Paint(theme.Bad, "red")+"    has not, must time out")
	}
	return d
}

func encryption(mode string) string {
	switch mode {
	case intent.TLSVerifyFull:
		return "TLS, the database's certificate is verified"
	case intent.TLSRequire:
		return "TLS, the database's certificate is not verified, as you chose"
	default:
		return ""
	}
}

func (p *proofPage) Next(s *wizard.Session) (tea.Cmd, bool) { return needsWorld(s) }

func (p *proofPage) Commands(s *wizard.Session) []string { return s.World.CommandsOf(p.about.Steps) }
