package ui

import (
	"cmp"
	"errors"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/widget"
)

// loginPage asks how the database is made, or how the test pods log in to one
// that exists.
type loginPage struct{ formPage }

func newLoginPage() *loginPage {
	p := &loginPage{}
	p.about = facts{
		id: pageLogin, title: "Settings of the database", rail: "  its settings",
		steps: []steps.StepID{steps.StepDatabase},
		answers: []string{
			"database.create", "database.existing.username", "database.existing.database", "database.existing.passwordFrom",
			"database.securityGroup", "database.tlsMode", "database.caFile",
		},
		keys: map[string]string{"securityGroup": "database.securityGroup"},
	}
	p.form = widget.NewForm()
	p.fill, p.store = fillLogin, storeLogin
	return p
}

func fillLogin(m *Session) []widget.Field {
	if m.world.obs == nil {
		return nil
	}
	if m.createsDatabase() {
		return fillNewDatabase(m)
	}
	return fillExistingDatabase(m)
}

// field makes a text field whose answer is checked by the rules of the intent.
func (m *Session) field(store func(m *Session, in *steps.Intent, key, value string), f widget.Field) widget.Field {
	f.Validate = func(text string) error {
		return m.allowed(func(in *steps.Intent) { store(m, in, f.Key, text) })
	}
	return f
}

func fillNewDatabase(m *Session) []widget.Field {
	d := m.world.target.DB
	if own := d.Existing; own != nil {
		return nil // podsg made it earlier: there is nothing left to choose
	}
	want := steps.CreateDatabase{}
	if m.intent.Database.Create != nil {
		want = *m.intent.Database.Create
	}
	subnets := "private"
	if d.Public {
		subnets = "public"
	}
	text := func(key, label, given, value, help string) widget.Field {
		return m.field(storeLogin, widget.Field{
			Key: key, Label: label, Value: cmp.Or(given, value), Help: help, Source: m.sourceOf("database.create."+key, given != ""),
		})
	}
	return []widget.Field{
		text("identifier", "Identifier", want.Identifier, cmp.Or(d.Identifier, steps.DefaultDBIdentifier), "The name of the RDS instance."),
		text("name", "Database", want.Name, cmp.Or(d.Name, steps.DefaultDBName), "The database within it that the pods use."),
		text("username", "User", want.Username, cmp.Or(d.Username, steps.DefaultDBUser), "Its master user; the password is made at random."),
		text("class", "Class", want.Class, cmp.Or(d.Class, steps.DefaultDBClass), "Checked against what RDS offers in this region."),
		text("engineVersion", "PostgreSQL", want.EngineVersion, d.EngineVersion, "A version such as 17.6; empty: RDS's default in this region."),
		storageField(m, cmp.Or(d.StorageGiB, steps.DefaultDBStorageGiB), want.StorageGiB != 0),
		{
			Key: "subnets", Label: "Subnets", Value: subnets,
			Options: []widget.Option{{Value: "private", Label: "private"}, {Value: "public", Label: "public"}},
			Source:  m.source("database.create.subnets"),
			Help:    "Private: no address outside the VPC. Public is never needed for this procedure.",
		},
	}
}

func storageField(m *Session, gib int, given bool) widget.Field {
	f := m.field(storeLogin, widget.Field{
		Key: "storageGiB", Label: "Storage in GiB", Value: strconv.Itoa(gib), Help: "20 is the smallest that RDS makes.",
		Source: m.sourceOf("database.create.storageGiB", given),
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

func fillExistingDatabase(m *Session) []widget.Field {
	want, d := *m.intent.Database.Existing, m.world.target.DB
	fields := []widget.Field{
		m.field(storeLogin, widget.Field{Key: "username", Label: "User", Value: cmp.Or(want.Username, d.Username), Help: "The user that the pods log in as.",
			Source: m.sourceOf("database.existing.username", want.Username != "")}),
		m.field(storeLogin, widget.Field{Key: "database", Label: "Database", Value: cmp.Or(want.Database, d.Name), Help: "The database that they use.",
			Source: m.sourceOf("database.existing.database", want.Database != "")}),
		m.field(storeLogin, widget.Field{Key: "passwordFrom", Label: "Password from", Value: cmp.Or(want.PasswordFrom, m.world.target.PasswordSrc),
			Source: m.source("database.existing.passwordFrom"), Empty: "not given",
			Help: "env:NAME, file:PATH, secretsmanager:NAME or secret:NAMESPACE/NAME. The password itself is never typed here."}),
	}
	if s := d.Existing; s != nil && len(s.Groups) > 1 {
		group := widget.Field{Key: "securityGroup", Label: "Its group for the rule", Value: m.world.target.DBGroup.ID, Source: m.source("database.securityGroup")}
		for _, id := range s.Groups {
			label := id
			if g, ok := m.world.snapshot().Group(id); ok {
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
func (m *Session) sourceOf(key string, given bool) string {
	source, from := m.source(key), m.options.Sources[key]
	switch {
	case source != "":
		return source
	case given && from != "":
		return "from " + from
	case given:
		return "your answer"
	case m.createsDatabase():
		return "default"
	default:
		return "discovered"
	}
}

func storeLogin(m *Session, in *steps.Intent, key, value string) {
	if in.Database.Existing != nil {
		switch e := in.Database.Existing; key {
		case "username":
			e.Username = value
		case "database":
			e.Database = value
		case "passwordFrom":
			e.PasswordFrom = value
		case "securityGroup":
			in.Database.SecurityGroup = steps.GroupIntent{ID: value}
		}
		return
	}
	if in.Database.Create == nil {
		in.Database.Create = &steps.CreateDatabase{}
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

func (p *loginPage) guide(m *Session) guide {
	if !m.createsDatabase() {
		return guideExistingDatabase
	}
	return p.formPage.guide(m)
}

func (p *loginPage) answersKey(m *Session, field string) string {
	if m.createsDatabase() {
		return p.formPage.answersKey(m, field)
	}
	return cmp.Or(p.about.keys[field], "database.existing."+field)
}

func (p *loginPage) draw(m *Session, width, height int) drawing {
	lines, ok := m.unread(width)
	if !ok {
		return drawing{Lines: lines}
	}
	if d := m.world.target.DB.Existing; d != nil && m.createsDatabase() {
		return drawing{Lines: drawPairs(m.theme, []pair{
			{name: "Identifier", value: d.Identifier, source: "made by podsg earlier"},
			{name: "Engine", value: d.Engine + " " + d.EngineVersion},
			{name: "Class", value: d.Class},
			{name: "Status", value: d.Status},
		}, width)}
	}
	d := p.formPage.draw(m, width, height)
	for _, q := range m.world.questions {
		if concerns(q.Key, p.about.answers) {
			d.Lines = append(d.Lines, "")
			d.Lines = append(d.Lines, m.drawQuestion(q, width)...)
		}
	}
	return d
}

func (p *loginPage) next(m *Session) (tea.Cmd, bool) {
	if cmd, ok := m.needsWorld(); !ok {
		return cmd, false
	}
	q, open := m.world.question(p.about.answers)
	if !open {
		return nil, true
	}
	field := "passwordFrom"
	if concerns(q.Key, []string{"database.securityGroup"}) {
		field = "securityGroup"
	}
	p.form.Focus(field)
	if p.form.IsText() {
		p.form.Edit()
	}
	return m.warn("This answer is needed to go on."), false
}

func (p *loginPage) commands(m *Session) []string { return m.world.commandsOf(p.about.steps) }
