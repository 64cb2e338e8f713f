package pages

import (
	"cmp"
	"errors"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/ui/draw"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// loginPage asks how the database is made, or how the test pods log in to one
// that exists.
type loginPage struct{ FormPage }

func newLoginPage() *loginPage {
	p := &loginPage{}
	p.about = wizard.Facts{
		ID: wizard.PageLogin, Title: "Settings of the database", Rail: "  its settings",
		Steps: []check.StepID{check.StepDatabase},
		Answers: []string{
			"database.create", "database.existing.username", "database.existing.database", "database.existing.passwordFrom",
			"database.securityGroup", "database.tlsMode", "database.caFile",
		},
		Keys: map[string]string{"securityGroup": "database.securityGroup"},
	}
	p.Form = widget.NewForm()
	p.Fill, p.store = fillLogin, storeLogin
	return p
}

func fillLogin(s *wizard.Session) []widget.Field {
	if s.World.Obs == nil {
		return nil
	}
	if createsDatabase(s) {
		return fillNewDatabase(s)
	}
	return fillExistingDatabase(s)
}

// field makes a text field whose answer is checked by the rules of the intent.
func field(s *wizard.Session, store func(s *wizard.Session, in *intent.Intent, key, value string), f widget.Field) widget.Field {
	f.Validate = func(text string) error {
		return s.Allowed(func(in *intent.Intent) { store(s, in, f.Key, text) })
	}
	return f
}

func fillNewDatabase(s *wizard.Session) []widget.Field {
	d := s.World.Target.DB
	if own := d.Existing; own != nil {
		return nil // podsg made it earlier: there is nothing left to choose
	}
	want := intent.CreateDatabase{}
	if s.Intent.Database.Create != nil {
		want = *s.Intent.Database.Create
	}
	subnets := "private"
	if d.Public {
		subnets = "public"
	}
	text := func(key, label, given, value, help string) widget.Field {
		return field(s, storeLogin, widget.Field{
			Key: key, Label: label, Value: cmp.Or(given, value), Help: help, Source: sourceOf(s, "database.create."+key, given != ""),
		})
	}
	return []widget.Field{
		text("identifier", "Identifier", want.Identifier, cmp.Or(d.Identifier, intent.DefaultDBIdentifier), "The name of the RDS instance."),
		text("name", "Database", want.Name, cmp.Or(d.Name, intent.DefaultDBName), "The database within it that the pods use."),
		text("username", "User", want.Username, cmp.Or(d.Username, intent.DefaultDBUser), "Its master user; the password is made at random."),
		text("class", "Class", want.Class, cmp.Or(d.Class, intent.DefaultDBClass), "Checked against what RDS offers in this region."),
		text("engineVersion", "PostgreSQL", want.EngineVersion, d.EngineVersion, "A version such as 17.6; empty: RDS's default in this region."),
		storageField(s, cmp.Or(d.StorageGiB, intent.DefaultDBStorageGiB), want.StorageGiB != 0),
		{
			Key: "subnets", Label: "Subnets", Value: subnets,
			Options: []widget.Option{{Value: "private", Label: "private"}, {Value: "public", Label: "public"}},
			Source:  s.Source("database.create.subnets"),
			Help:    "Private: no address outside the VPC. Public is never needed for this procedure.",
		},
	}
}

func storageField(s *wizard.Session, gib int, given bool) widget.Field {
	f := field(s, storeLogin, widget.Field{
		Key: "storageGiB", Label: "Storage in GiB", Value: strconv.Itoa(gib), Help: "20 is the smallest that RDS makes.",
		Source: sourceOf(s, "database.create.storageGiB", given),
	})
	checked := f.Validate
	f.Validate = func(text string) error {
		if _, err := strconv.Atoi(text); err != nil {
			return errors.New("a whole number is wanted")
		}
		return checked(text)
	}
	return f
}

func fillExistingDatabase(s *wizard.Session) []widget.Field {
	want, d := *s.Intent.Database.Existing, s.World.Target.DB
	fields := []widget.Field{
		field(s, storeLogin, widget.Field{Key: "username", Label: "User", Value: cmp.Or(want.Username, d.Username), Help: "The user that the pods log in as.",
			Source: sourceOf(s, "database.existing.username", want.Username != "")}),
		field(s, storeLogin, widget.Field{Key: "database", Label: "Database", Value: cmp.Or(want.Database, d.Name), Help: "The database that they use.",
			Source: sourceOf(s, "database.existing.database", want.Database != "")}),
		field(s, storeLogin, widget.Field{Key: "passwordFrom", Label: "Password from", Value: cmp.Or(want.PasswordFrom, s.World.Target.PasswordSrc),
			Source: s.Source("database.existing.passwordFrom"), Empty: "not given",
			Help: "env:NAME, file:PATH, secretsmanager:NAME or secret:NAMESPACE/NAME. The password itself is never typed here."}),
	}
	if own := d.Existing; own != nil && len(own.Groups) > 1 {
		group := widget.Field{Key: "securityGroup", Label: "Its group for the rule", Value: s.World.Target.DBGroup.ID, Source: s.Source("database.securityGroup")}
		for _, id := range own.Groups {
			label := id
			if g, ok := s.World.Snapshot().Group(id); ok {
				label = g.Name
			}
			group.Options = append(group.Options, widget.Option{Value: id, Label: label})
		}
		fields = append(fields, group)
	}
	return fields
}

// sourceOf is where a value came from: what the target tells, else whether it
// was given or is the default, or what the database says.
func sourceOf(s *wizard.Session, key string, given bool) string {
	source, from := s.Source(key), s.Options.Sources[key]
	switch {
	case source != "":
		return source
	case given && from != "":
		return "from " + from
	case given:
		return "your answer"
	case createsDatabase(s):
		return "default"
	default:
		return "discovered"
	}
}

func storeLogin(s *wizard.Session, in *intent.Intent, key, value string) {
	if in.Database.Existing != nil {
		switch e := in.Database.Existing; key {
		case "username":
			e.Username = value
		case "database":
			e.Database = value
		case "passwordFrom":
			e.PasswordFrom = value
		case "securityGroup":
			in.Database.SecurityGroup = intent.GroupIntent{ID: value}
		}
		return
	}
	if in.Database.Create == nil {
		in.Database.Create = &intent.CreateDatabase{}
	}
	switch c := in.Database.Create; key {
	case "identifier":
		c.Identifier = value
	case "name":
		c.Name = value
	case "username":
		c.Username = value
	case "class":
		c.Class = value
	case "engineVersion":
		c.EngineVersion = value
	case "storageGiB":
		n, err := strconv.Atoi(value)
		if err != nil {
			n = -1 // refused by the rules of the intent
		}
		c.StorageGiB = n
	case "subnets":
		c.Subnets = value
	}
}

func (p *loginPage) Guide(s *wizard.Session) wizard.Guide {
	if !createsDatabase(s) {
		return guideExistingDatabase
	}
	return p.FormPage.Guide(s)
}

func (p *loginPage) AnswersKey(s *wizard.Session, field string) string {
	if createsDatabase(s) {
		return p.FormPage.AnswersKey(s, field)
	}
	return cmp.Or(p.about.Keys[field], "database.existing."+field)
}

func (p *loginPage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	lines, ok := unread(s, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	if d := s.World.Target.DB.Existing; d != nil && createsDatabase(s) {
		return wizard.Drawing{Lines: draw.Pairs(s.Theme, []draw.Pair{
			{Name: "Identifier", Value: d.Identifier, Source: "made by podsg earlier"},
			{Name: "Engine", Value: d.Engine + " " + d.EngineVersion},
			{Name: "Class", Value: d.Class},
			{Name: "Status", Value: d.Status},
		}, width)}
	}
	d := p.FormPage.Draw(s, width, height)
	for _, q := range s.World.Questions {
		if wizard.Concerns(q.Key, p.about.Answers) {
			d.Lines = append(d.Lines, "")
			d.Lines = append(d.Lines, drawQuestion(s, q, width)...)
		}
	}
	return d
}

func (p *loginPage) Next(s *wizard.Session) (tea.Cmd, bool) {
	if cmd, ok := needsWorld(s); !ok {
		return cmd, false
	}
	q, open := s.World.Question(p.about.Answers)
	if !open {
		return nil, true
	}
	field := "passwordFrom"
	if wizard.Concerns(q.Key, []string{"database.securityGroup"}) {
		field = "securityGroup"
	}
	p.Form.Focus(field)
	if p.Form.IsText() {
		p.Form.Edit()
	}
	return s.Warn("This answer is needed to go on."), false
}

func (p *loginPage) Commands(s *wizard.Session) []string { return s.World.CommandsOf(p.about.Steps) }
