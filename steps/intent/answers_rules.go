package intent

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"podsg/steps/world"
)

// Validate checks every value of an intent by the rules of the service that it
// is for, without looking at the world. The error is a [world.Problem] of kind usage
// that names the answers key of each mistake and what is allowed.
func (in Intent) Validate() error {
	mistakes := in.mistakes()
	if len(mistakes) == 0 {
		return nil
	}
	errs := make([]error, len(mistakes))
	for i, m := range mistakes {
		errs[i] = m
	}
	return &world.Problem{Kind: world.ProblemUsage, Err: errors.Join(errs...)}
}

// mistakes collects what is impossible in an intent, each with the answers key
// that it is about.
func (in Intent) mistakes() []*world.Problem {
	var c checker
	for _, a := range Answers() {
		if len(a.Values) > 0 {
			c.oneOf(a.Key, a.Text(in), a.Values...)
		}
		if a.check != nil {
			a.check(&c, in)
		}
	}
	return c.found
}

// rule is what a text may look like, and that in words.
type rule struct {
	expr    *regexp.Regexp
	longest int // 0: the expression says
	allowed string
}

func (r rule) fits(value string) bool {
	return (r.longest == 0 || len(value) <= r.longest) && r.expr.MatchString(value)
}

// The rules of names, by the API references of EKS, EC2 and RDS and by the
// Kubernetes documentation on object names and labels.
var (
	clusterName = rule{regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]*$`), 100,
		"1 to 100 letters, digits, hyphens and underscores, the first a letter or digit"}
	regionName = rule{regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`), 0,
		"the name of an AWS region, such as us-west-2"}
	dnsLabel = rule{regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`), 63,
		"1 to 63 lower-case letters, digits and hyphens, the first and last a letter or digit"}
	dnsSubdomain = rule{regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`), 253,
		"1 to 253 lower-case letters, digits, hyphens and dots, the first and last a letter or digit"}
	labelName = rule{regexp.MustCompile(`^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$`), 63,
		"1 to 63 letters, digits, hyphens, underscores and dots, the first and last a letter or digit, after an optional DNS prefix and a slash"}
	labelValue = rule{regexp.MustCompile(`^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$`), 63,
		"at most 63 letters, digits, hyphens, underscores and dots, the first and last a letter or digit"}
	groupName = rule{regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+$`), 255,
		"1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*"}
	groupID = rule{regexp.MustCompile(`^sg-([0-9a-f]{8}|[0-9a-f]{17})$`), 0,
		"the id of a security group, such as sg-0123456789abcdef0"}
	dbIdentifier = rule{regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`), 63,
		"1 to 63 lower-case letters, digits and hyphens, the first a letter, no hyphen at the end and no two in a row"}
	dbName = rule{regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`), 63,
		"1 to 63 letters, digits and underscores, the first a letter or underscore"}
	dbMasterUser = rule{regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`), 16,
		"1 to 16 letters, digits and underscores, the first a letter"}
	dbAnyName = rule{regexp.MustCompile(`^[^\x00]+$`), 63, "a PostgreSQL name of at most 63 bytes"}
	dbClass   = rule{regexp.MustCompile(`^db\.[a-z0-9-]+\.[a-z0-9-]+$`), 0,
		"a DB instance class, such as " + DefaultDBClass}
	dbVersion = rule{regexp.MustCompile(`^[0-9]+(\.[0-9]+)*(-[A-Za-z0-9.]+)?$`), 0,
		"a PostgreSQL version, such as 17 or 17.4"}
)

// The bounds of a new RDS for PostgreSQL instance: the port by the reference of
// rds:CreateDBInstance, the storage (GiB) of gp3 volumes.
const (
	minNewDBPort  = 1150
	maxPort       = 65535
	maxStorageGiB = 65536
)

// passwordFromForms is the syntax of passwordFrom.
const passwordFromForms = "env:NAME, file:PATH, secretsmanager:NAME-OR-ARN or secret:NAMESPACE/NAME[#KEY]"

// passwordSources are the forms of passwordFrom.
var passwordSources = []*regexp.Regexp{
	regexp.MustCompile(`^env:[A-Za-z_][A-Za-z0-9_]*$`),
	regexp.MustCompile(`^file:.+$`),
	regexp.MustCompile(`^secretsmanager:[A-Za-z0-9/_+=.@!-]{1,512}$`),
	regexp.MustCompile(`^secretsmanager:arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+$`),
	regexp.MustCompile(`^secret:[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9.]*[a-z0-9])?(#[-._a-zA-Z0-9]+)?$`),
}

// checker collects mistakes.
type checker struct{ found []*world.Problem }

func (c *checker) refuse(key, format string, args ...any) {
	c.found = append(c.found, refused(key, format, args...))
}

// refused is the problem of an answer whose text begins with its key.
func refused(key, format string, args ...any) *world.Problem {
	return world.RefusedAnswer(key, "", "%s: %s", key, fmt.Sprintf(format, args...))
}

// pattern checks a text that may be left out.
func (c *checker) pattern(key, value string, r rule) {
	if value != "" && !r.fits(value) {
		c.refuse(key, "%q is impossible; allowed: %s", value, r.allowed)
	}
}

func (c *checker) oneOf(key, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		c.refuse(key, "%q is impossible; allowed: %s", value, strings.Join(allowed, ", "))
	}
}

func (c *checker) exclusive(key, a string, hasA bool, b string, hasB bool) {
	if hasA && hasB {
		c.refuse(key, "%s and %s exclude each other; leave one out", a, b)
	}
}

// group checks a security group that is named, to be made, or given by its id.
func (c *checker) group(key string, g GroupIntent) {
	c.exclusive(key, "name", g.Name != "", "id", g.ID != "")
	c.pattern(key+".name", g.Name, groupName)
	c.pattern(key+".id", g.ID, groupID)
	switch {
	case strings.HasPrefix(g.Name, "sg-"):
		c.refuse(key+".name", "%q is impossible: names of security groups do not begin with sg-; write an id as %s.id", g.Name, key)
	case g.Name == "default":
		c.refuse(key+".name", `"default" is the VPC's own group; name another one`)
	}
}

// emptySelector refuses selectors that catch every pod, unless that is meant.
func (c *checker) emptySelector(p PolicyIntent) {
	some := p.PodSelector != nil || p.ServiceAccountSelector != nil
	catchesAll := (p.PodSelector == nil || p.PodSelector.IsEmpty()) && (p.ServiceAccountSelector == nil || p.ServiceAccountSelector.IsEmpty())
	if some && catchesAll && !p.AllowEmptySelector {
		key := "policy.podSelector"
		if p.PodSelector == nil {
			key = "policy.serviceAccountSelector"
		}
		c.refuse(key, "an empty selector catches every pod of the namespace; select by labels, or say that it is meant: policy.allowEmptySelector: true (--allow-empty-selector)")
	}
}

func (c *checker) selector(key string, s *world.Selector) {
	if s == nil {
		return
	}
	for _, k := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		c.labelKey(key+".matchLabels."+k, k)
		c.labelValue(key+".matchLabels."+k, s.MatchLabels[k])
	}
	for i, e := range s.MatchExpressions {
		at := fmt.Sprintf("%s.matchExpressions[%d]", key, i)
		c.labelKey(at+".key", e.Key)
		switch e.Operator {
		case "In", "NotIn":
			if len(e.Values) == 0 {
				c.refuse(at+".values", "operator %s needs values", e.Operator)
			}
		case "Exists", "DoesNotExist":
			if len(e.Values) > 0 {
				c.refuse(at+".values", "operator %s takes no values", e.Operator)
			}
		default:
			c.refuse(at+".operator", "%q is impossible; allowed: In, NotIn, Exists, DoesNotExist", e.Operator)
		}
		for _, v := range e.Values {
			c.labelValue(at+".values", v)
		}
	}
}

func (c *checker) labelKey(at, key string) {
	name := key
	if prefix, rest, found := strings.Cut(key, "/"); found {
		name = rest
		if !dnsSubdomain.fits(prefix) {
			name = "" // fails below
		}
	}
	if !labelName.fits(name) {
		c.refuse(at, "%q is no label key; allowed: %s", key, labelName.allowed)
	}
}

func (c *checker) labelValue(at, value string) {
	if !labelValue.fits(value) {
		c.refuse(at, "%q is no label value; allowed: %s", value, labelValue.allowed)
	}
}

func (c *checker) port(key string, d DatabaseIntent) {
	switch {
	case d.Port < 0 || d.Port > maxPort:
		c.refuse(key, "%d is no port; allowed: 1 to %d", d.Port, maxPort)
	case d.Port > 0 && d.Port < minNewDBPort && d.Existing == nil:
		c.refuse(key, "%d is impossible for a new database; RDS allows %d to %d", d.Port, minNewDBPort, maxPort)
	}
}

// newName checks the name of a database or of a user that RDS shall make.
func (c *checker) newName(key, name string, r rule) {
	c.pattern(key, name, r)
	if isReservedWord(name) || strings.HasPrefix(strings.ToLower(name), "pg_") {
		c.refuse(key, "%q is a word that RDS for PostgreSQL reserves; choose another name", name)
	}
}

func (c *checker) passwordSource(key, from string) {
	if from != "" && !slices.ContainsFunc(passwordSources, func(r *regexp.Regexp) bool { return r.MatchString(from) }) {
		// The value is not shown: it may be the password itself.
		c.refuse(key, "says where the password is kept, in one of the forms %s", passwordFromForms)
	}
}

// reservedWords are names that RDS refuses for the master user and the database
// of PostgreSQL: its own, and PostgreSQL's reserved key words
// (https://www.postgresql.org/docs/current/sql-keywords-appendix.html).
var reservedWords = strings.Fields(`
	admin database rdsadmin rdsrepladmin rdstopmgr rds_superuser rds_password rds_replication rds_iam template0 template1
	all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
	concurrently constraint create cross current_catalog current_date current_role current_schema current_time
	current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from
	full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime
	localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning
	right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user
	using variadic verbose when where window with`)

func isReservedWord(name string) bool {
	return slices.Contains(reservedWords, strings.ToLower(name))
}
