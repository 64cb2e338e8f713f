package intent

import (
	"fmt"
	"strconv"
	"strings"

	"podsg/steps/world"
)

const groupPrefix = "sg-"

// groupOf is a security group by the id or the name that a flag gives.
func groupOf(value string) GroupIntent {
	if strings.HasPrefix(value, groupPrefix) {
		return GroupIntent{ID: value}
	}
	return GroupIntent{Name: value}
}

func groupText(g GroupIntent) string { return g.ID + g.Name }

// setText sets a plain text.
func setText(field func(*Intent) *string) func(*Intent, string) error {
	return func(in *Intent, value string) error {
		*field(in) = value
		return nil
	}
}

// wantedNew is the new database that the flags describe.
func wantedNew(in *Intent) (*CreateDatabase, error) {
	if in.Database.Existing != nil {
		return nil, world.Usage("leave it out, or make a new database with --create-database", "this is about a new database, but --database chooses one that exists")
	}
	if in.Database.Create == nil {
		in.Database.Create = &CreateDatabase{}
	}
	return in.Database.Create, nil
}

// setNew sets a text of the new database.
func setNew(field func(*CreateDatabase) *string) func(*Intent, string) error {
	return func(in *Intent, value string) error {
		d, err := wantedNew(in)
		if err == nil {
			*field(d) = value
		}
		return err
	}
}

// setEither sets a text of the existing database if one is chosen, else of the new.
func setEither(create func(*CreateDatabase) *string, exists func(*ExistingDatabase) *string) func(*Intent, string) error {
	return func(in *Intent, value string) error {
		if in.Database.Existing != nil {
			*exists(in.Database.Existing) = value
			return nil
		}
		return setNew(create)(in, value)
	}
}

func created(in Intent) CreateDatabase {
	if in.Database.Create == nil {
		return CreateDatabase{}
	}
	return *in.Database.Create
}

func existing(in Intent) ExistingDatabase {
	if in.Database.Existing == nil {
		return ExistingDatabase{}
	}
	return *in.Database.Existing
}

// setSelector sets a label selector from kubectl's notation.
func setSelector(field func(*Intent) **world.Selector) func(*Intent, string) error {
	return func(in *Intent, value string) error {
		s, err := ParseSelector(value)
		if err == nil {
			*field(in) = s
		}
		return err
	}
}

func setTruth(field func(*Intent) **bool) func(*Intent, string) error {
	return func(in *Intent, value string) error {
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
