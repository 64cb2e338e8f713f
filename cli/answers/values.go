package answers

import (
	"fmt"
	"strconv"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/world"
)

const groupPrefix = "sg-"

// group is a security group by the id or the name that a flag gives.
func group(value string) intent.GroupIntent {
	if strings.HasPrefix(value, groupPrefix) {
		return intent.GroupIntent{ID: value}
	}
	return intent.GroupIntent{Name: value}
}

func groupText(g intent.GroupIntent) string { return g.ID + g.Name }

// text sets a plain text.
func text(field func(*intent.Intent) *string) func(*intent.Intent, string) error {
	return func(in *intent.Intent, value string) error {
		*field(in) = value
		return nil
	}
}

// wanted is the new database that the flags describe.
func wanted(in *intent.Intent) (*intent.CreateDatabase, error) {
	if in.Database.Existing != nil {
		return nil, world.Usage("leave it out, or make a new database with --create-database", "this is about a new database, but --database chooses one that exists")
	}
	if in.Database.Create == nil {
		in.Database.Create = &intent.CreateDatabase{}
	}
	return in.Database.Create, nil
}

// newDatabase sets a text of the new database.
func newDatabase(field func(*intent.CreateDatabase) *string) func(*intent.Intent, string) error {
	return func(in *intent.Intent, value string) error {
		d, err := wanted(in)
		if err == nil {
			*field(d) = value
		}
		return err
	}
}

// either sets a text of the existing database if one is chosen, else of the new.
func either(create func(*intent.CreateDatabase) *string, exists func(*intent.ExistingDatabase) *string) func(*intent.Intent, string) error {
	return func(in *intent.Intent, value string) error {
		if in.Database.Existing != nil {
			*exists(in.Database.Existing) = value
			return nil
		}
		return newDatabase(create)(in, value)
	}
}

func created(in intent.Intent) intent.CreateDatabase {
	if in.Database.Create == nil {
		return intent.CreateDatabase{}
	}
	return *in.Database.Create
}

func existing(in intent.Intent) intent.ExistingDatabase {
	if in.Database.Existing == nil {
		return intent.ExistingDatabase{}
	}
	return *in.Database.Existing
}

// selector sets a label selector from kubectl's notation.
func selector(field func(*intent.Intent) **world.Selector) func(*intent.Intent, string) error {
	return func(in *intent.Intent, value string) error {
		s, err := intent.ParseSelector(value)
		if err == nil {
			*field(in) = s
		}
		return err
	}
}

func flagged(field func(*intent.Intent) **bool) func(*intent.Intent, string) error {
	return func(in *intent.Intent, value string) error {
		on, err := truth(value)
		*field(in) = &on
		return err
	}
}

func truth(value string) (bool, error) {
	on, err := strconv.ParseBool(value)
	if err != nil {
		return false, fmt.Errorf("%q is neither true nor false; allowed: true or false", value)
	}
	return on, nil
}

func truthText(b *bool) string {
	if b == nil {
		return ""
	}
	return strconv.FormatBool(*b)
}

// number reads a whole number; zero would mean "not answered", so it is refused.
func number(value string) (int, error) {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no whole number", value)
	case n == 0:
		return 0, fmt.Errorf("0 is impossible; leave the flag out for the default")
	}
	return n, nil
}

func numberText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
