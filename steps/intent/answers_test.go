package intent

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"podsg/steps/world"
)

// everyAnswer is an answers file with every key.
const everyAnswer = `cluster: workshop
region: us-west-2
namespace: sg-per-pod
policy:
  name: allow-rds-access
  podSelector:
    matchLabels:
      app: green-pod
    matchExpressions:
      - key: example.com/tier
        operator: In
        values: [db, cache]
      - key: legacy
        operator: DoesNotExist
  serviceAccountSelector:
    matchLabels:
      role: db-client
  allowEmptySelector: true
workload: [deployment/api, statefulset/worker]
restart: never
lostFlows: accept
podSecurityGroup:
  name: POD_SG
nodeSecurityGroup:
  tag: eks-cluster-sg-workshop-*
database:
  create:
    identifier: rds-workshop
    name: workshop
    username: workshop
    class: db.t4g.micro
    engineVersion: 17.10
    storageGiB: 20
    subnets: private
  port: 5432
  securityGroup:
    id: sg-0123456789abcdef0
  seed: true
  caFile: rds.pem
  tlsMode: verify-full
cni:
  enforcingMode: strict
  disableTCPEarlyDemux: true
secret:
  name: rds
verify: false
keepNodeGroups: true
probe:
  image: registry.example.com/postgres:17
  pullSecret: registry
  nodeSelector: {pool: sgp}
  tolerations:
    - key: dedicated
      operator: Equal
      value: sgp
      effect: NoSchedule
`

func TestAnswersAreReadAndWrittenWithoutLoss(t *testing.T) {
	in, err := ParseAnswers("answers.yaml", []byte(everyAnswer))
	if err != nil {
		t.Fatal(err)
	}
	if d := in.Database; d.Create.EngineVersion != "17.10" || d.Port != 5432 || !*d.Seed || in.CNI.DisableTCPEarlyDemux != "true" || *in.Verify {
		t.Errorf("read %+v", in)
	}
	out, err := MarshalAnswers(in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseAnswers("again.yaml", out)
	if err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	if !reflect.DeepEqual(in, again) {
		t.Errorf("lost something in\n%s", out)
	}
	// The file above has every key of the intent, so a new key must come here.
	for _, key := range leafKeys("", reflect.TypeFor[Intent]()) {
		if !strings.Contains(everyAnswer+"existing: identifier: username: database: passwordFrom:", key+":") {
			t.Errorf("key %s is in no test", key)
		}
	}
}

// leafKeys lists the last parts of all keys of a type.
func leafKeys(name string, t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return []string{name}
	}
	var out []string
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if key == "-" {
			continue // no answer
		}
		out = append(out, leafKeys(key, t.Field(i).Type)...)
	}
	return out
}

func TestAnEmptyAnswersFileAnswersNothing(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "database:\n", "cluster: \"\"\n"} {
		in, err := ParseAnswers("answers.yaml", []byte(text))
		if err != nil || !reflect.DeepEqual(in, Intent{}) {
			t.Errorf("%q: got %+v, %v", text, in, err)
		}
	}
}

func TestEveryMistakeInAnAnswersFileIsNamedWithItsLine(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"a misspelt key lists the allowed ones", "database:\n  create:\n    storagGiB: 20\n",
			"answers.yaml:3: database.create.storagGiB: unknown key; allowed here: identifier, name, username, class, engineVersion, storageGiB, subnets"},
		{"an unknown key at the top", "clutser: a\n", "answers.yaml:1: clutser: unknown key; allowed here: cluster, region,"},
		{"a key that is there twice", "cluster: a\ncluster: b\n", "answers.yaml:2: cluster: is there twice"},
		{"a text for a number", "database:\n  port: five\n", "answers.yaml:2: database.port: must be a whole number, not a text"},
		{"a quoted number", "database:\n  port: \"5432\"\n", "database.port: must be a whole number, not a text"},
		{"a fraction for a number", "database: {create: {storageGiB: 20.5}}\n", "database.create.storageGiB: must be a whole number, not a fraction"},
		{"a word for a truth value", "verify: yes please\n", "answers.yaml:1: verify: must be true or false, not a text"},
		{"a text for a selector", "policy:\n  podSelector: app=green\n", "answers.yaml:2: policy.podSelector: must be a mapping of keys to values, not a text; allowed here: matchLabels, matchExpressions"},
		{"a list for a text", "cluster: [a, b]\n", "cluster: must be a text, not a list"},
		{"a mapping for a list", "policy: {podSelector: {matchExpressions: {key: a}}}\n", "matchExpressions: must be a list, not a mapping"},
		{"port 0", "database:\n  port: 0\n", "answers.yaml:2: database.port: 0 is impossible"},
		{"port 70000", "cluster: a\ndatabase:\n  port: 70000\n", "answers.yaml:3: database.port: 70000 is no port; allowed: 1 to 65535"},
		{"a negative port", "database: {port: -1}\n", "database.port: -1 is no port"},
		{"a port that RDS does not open", "database: {port: 443}\n", "database.port: 443 is impossible for a new database; RDS allows 1150 to 65535"},
		{"a new and an existing database", "database:\n  create: {}\n  existing: {identifier: db}\n", "answers.yaml:1: database: create and existing exclude each other"},
		{"an existing database without a name", "database:\n  existing: {username: app}\n", "answers.yaml:2: database.existing.identifier: is missing"},
		{"a password", "database:\n  existing:\n    password: hunter2\n", "answers.yaml:3: database.existing.password: no password belongs in this file"},
		{"a password under another name", "dbPassword: hunter2\n", "answers.yaml:1: dbPassword: no password belongs in this file"},
		{"a password where its place is asked for", "database:\n  existing: {identifier: db, passwordFrom: hunter2}\n",
			"answers.yaml:2: database.existing.passwordFrom: says where the password is kept, in one of the forms env:NAME"},
		{"an empty selector", "policy:\n  podSelector: {}\n", "answers.yaml:2: policy.podSelector: an empty selector catches every pod of the namespace"},
		{"an empty selector of service accounts", "policy:\n  serviceAccountSelector: {matchLabels: {}}\n", "policy.serviceAccountSelector: an empty selector catches every pod"},
		{"an operator that does not exist", "policy: {podSelector: {matchExpressions: [{key: a, operator: Is}]}}\n", `matchExpressions[0].operator: "Is" is impossible; allowed: In, NotIn, Exists, DoesNotExist`},
		{"an expression without values", "policy: {podSelector: {matchExpressions: [{key: a, operator: In}]}}\n", "matchExpressions[0].values: operator In needs values"},
		{"an expression with too many values", "policy: {podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}\n", "operator Exists takes no values"},
		{"a label key with a space", "policy: {podSelector: {matchLabels: {\"a b\": c}}}\n", `"a b" is no label key`},
		{"a label key with a bad prefix", "policy: {podSelector: {matchLabels: {\"Bad_Prefix/a\": c}}}\n", `"Bad_Prefix/a" is no label key`},
		{"a label value with a slash", "policy: {podSelector: {matchLabels: {a: b/c}}}\n", `"b/c" is no label value`},
		{"a namespace in capitals", "namespace: Prod\n", `answers.yaml:1: namespace: "Prod" is impossible; allowed: 1 to 63 lower-case`},
		{"a region that is a zone", "region: us-west-2a\n", `region: "us-west-2a" is impossible`},
		{"a cluster with a dot", "cluster: work.shop\n", `cluster: "work.shop" is impossible`},
		{"a group with a name and an id", "podSecurityGroup: {name: A, id: sg-0123456789abcdef0}\n", "podSecurityGroup: name and id exclude each other"},
		{"a group's id as its name", "podSecurityGroup: {name: sg-0123456789abcdef0}\n", "write an id as podSecurityGroup.id"},
		{"the default group", "podSecurityGroup: {name: default}\n", "the VPC's own group"},
		{"a malformed group id", "nodeSecurityGroup: {id: sg-xyz}\n", `nodeSecurityGroup.id: "sg-xyz" is impossible`},
		{"a tag and an id", "nodeSecurityGroup: {tag: a, id: sg-01234567}\n", "nodeSecurityGroup: tag and id exclude each other"},
		{"a database name with a hyphen", "database: {create: {name: my-db}}\n", `database.create.name: "my-db" is impossible`},
		{"a reserved database name", "database: {create: {name: Database}}\n", "a word that RDS for PostgreSQL reserves"},
		{"RDS's own user", "database: {create: {username: rdsadmin}}\n", "a word that RDS for PostgreSQL reserves"},
		{"the user admin", "database: {create: {username: admin}}\n", "a word that RDS for PostgreSQL reserves"},
		{"a user with PostgreSQL's prefix", "database: {create: {username: pg_dba}}\n", "a word that RDS for PostgreSQL reserves"},
		{"a user that is too long", "database: {create: {username: seventeen_letters}}\n", "1 to 16 letters"},
		{"an identifier with two hyphens", "database: {create: {identifier: a--b}}\n", "no two in a row"},
		{"an identifier that ends in a hyphen", "database: {existing: {identifier: a-}}\n", "no hyphen at the end"},
		{"too little storage", "database: {create: {storageGiB: 5}}\n", "database.create.storageGiB: 5 is impossible; allowed: 20 to 65536"},
		{"a class without its prefix", "database: {create: {class: t4g.micro}}\n", "a DB instance class, such as db.t4g.micro"},
		{"subnets of another sort", "database: {create: {subnets: isolated}}\n", "allowed: private, public"},
		{"an unknown enforcing mode", "cni: {enforcingMode: strictly}\n", "allowed: standard, strict"},
		{"an unknown TLS mode", "database: {tlsMode: prefer}\n", "allowed: verify-full, require"},
		{"broken YAML", "cluster: [a\n", "answers.yaml:1: "},
		{"two documents", "cluster: a\n---\ncluster: b\n", "answers.yaml:2: a second document"},
		{"a list at the top", "- cluster\n", "answers.yaml:1: must be a mapping of keys to values, not a list; allowed here: cluster"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in, err := ParseAnswers("answers.yaml", []byte(c.text))
			if err == nil {
				t.Fatalf("accepted as %+v", in)
			}
			if world.KindOf(err) != world.ProblemUsage || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows the password: %v", err)
			}
			if !reflect.DeepEqual(in, Intent{}) {
				t.Errorf("a refused file still answers %+v", in)
			}
		})
	}
}

func TestAllMistakesOfAFileAreReportedAtOnce(t *testing.T) {
	_, err := ParseAnswers("answers.yaml", []byte("namespace: A\nregion: b\ndatabase: {port: 70000}\n"))
	for _, want := range []string{"answers.yaml:1: namespace", "answers.yaml:2: region", "answers.yaml:3: database.port"} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%v does not report %s", err, want)
		}
	}
}

func TestPossibleAnswersAreAccepted(t *testing.T) {
	for _, text := range []string{
		"policy: {podSelector: {}, allowEmptySelector: true}",
		"policy: {podSelector: {}, serviceAccountSelector: {matchLabels: {a: b}}}",
		"policy: {podSelector: {matchLabels: {app.kubernetes.io/name: \"\"}}}",
		"database: {create: {username: postgres}}",
		"database: {existing: {identifier: db}, port: 443}",
		"database: {existing: {identifier: db, passwordFrom: \"env:DB_PASSWORD\"}}",
		"database: {existing: {identifier: db, passwordFrom: \"file:/run/secrets/db\"}}",
		"database: {existing: {identifier: db, passwordFrom: \"secretsmanager:arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:rds!db-1-AbCdEf\"}}",
		"database: {existing: {identifier: db, passwordFrom: \"secret:prod/rds#password\"}}",
		"region: us-gov-west-1",
		"cni: {disableTCPEarlyDemux: auto}",
		"defaults: &d {app: green}\n",
	} {
		_, err := ParseAnswers("answers.yaml", []byte(text))
		if strings.HasPrefix(text, "defaults") {
			if err == nil {
				t.Error("a key for anchors was accepted")
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestValidateNamesTheKeyOfAFlagsMistake(t *testing.T) {
	err := Intent{Database: DatabaseIntent{Port: 70000}, Namespace: "Prod"}.Validate()
	if world.KindOf(err) != world.ProblemUsage || !strings.Contains(err.Error(), "database.port: 70000") || !strings.Contains(err.Error(), "namespace: ") {
		t.Errorf("got %v", err)
	}
}
