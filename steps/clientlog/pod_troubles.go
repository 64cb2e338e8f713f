package clientlog

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// troublePort is a trouble that no log tells of itself: the words name the
// database with another port than its own.
const troublePort = "D79"

// Told is what the log of one pod tells of one trouble.
type Told struct {
	Pod   world.Pod
	words []string
}

// manyWords is of how many lines of a pod's log a finding shows the words.
const manyWords = 3

// PodTroubles sorts what the logs of pods tell of their database by check, in
// the order of the pods. What is about another server is left out, and so is
// what a later line of the same log has overtaken. Logs that could not be read
// tell nothing.
func PodTroubles(s *world.Snapshot, t *intent.Target, pods []world.Pod) map[string][]Told {
	out := map[string][]Told{}
	if _, missing := s.Missing(world.FactLogs); missing {
		return out
	}
	names := namesOf(s, t)
	for _, pod := range pods {
		byCheck := map[string][]string{}
		for _, x := range names.latest(pod.Troubles) {
			if !slices.Contains(byCheck[x.Check], x.Text) {
				byCheck[x.Check] = append(byCheck[x.Check], x.Text)
			}
		}
		for id, words := range byCheck {
			out[id] = append(out[id], Told{pod, words[max(0, len(words)-manyWords):]})
		}
	}
	return out
}

// databaseNames is how lines of a log may name the database.
type databaseNames struct {
	names     []string // host names and addresses
	addresses []string // all that it can have; none: not known
	ports     []string // the own one first
}

// namesOf are the names of the database, by what RDS and the Secret say.
func namesOf(s *world.Snapshot, t *intent.Target) databaseNames {
	out := databaseNames{ports: []string{strconv.Itoa(t.Port)}}
	if d := t.DB.Existing; d != nil {
		out.names = append(out.names, d.Address)
		if e := t.DBEndpoint(s); !d.Public && e.IP != "" {
			out.addresses = []string{e.IP}
		}
	}
	if sec := s.Kube.Secret; sec != nil {
		out.names, out.ports = append(out.names, sec.Host), append(out.ports, sec.Port)
	}
	return out
}

// latest are the troubles of one log that count, each with its check.
func (n databaseNames) latest(all []world.LogTrouble) []world.LogTrouble {
	var mine []world.LogTrouble
	unclear := false // a line of a database's client whose cause is in another line
	for _, x := range all {
		if id := n.judge(x); id != "" {
			x.Check = id
			mine = append(mine, x)
			unclear = unclear || vague(x)
		}
	}
	if !unclear { // of a server that no line names
		for i, x := range mine {
			if bare(x) {
				mine[i].Check = NotUnderstood
			}
		}
	}
	if slices.ContainsFunc(mine, understood) {
		mine = slices.DeleteFunc(mine, func(x world.LogTrouble) bool { return !understood(x) })
	}
	if slices.ContainsFunc(mine, func(x world.LogTrouble) bool { return !vague(x) }) {
		mine = slices.DeleteFunc(mine, func(x world.LogTrouble) bool { return vague(x) })
	}
	// Whoever got an answer of the server has found and reached it.
	answered := -1
	login := false
	for i, x := range mine {
		if understood(x) && !slices.Contains(beforeAnswer, x.Check) {
			answered = i
		}
		login = login || x.Check != TroubleNoTLS && !slices.Contains(beforeAnswer, x.Check)
	}
	var out []world.LogTrouble
	for i, x := range mine {
		overtaken := i < answered && slices.Contains(beforeAnswer, x.Check)
		// libpq tries again without encryption after a refused login (sslmode=prefer).
		if echo := login && x.Check == TroubleNoTLS; !overtaken && !echo {
			out = append(out, x)
		}
	}
	return out
}

func understood(x world.LogTrouble) bool { return x.Check != NotUnderstood }

// beforeAnswer are the troubles of a client that no server has answered yet.
var beforeAnswer = []string{TroubleName, TroubleTimeout, TroubleRefused, troublePort}

// Where the words of a line name a server, in the first two groups that match,
// and its port in the last.
var (
	namedServers = []*regexp.Regexp{
		regexp.MustCompile(`server at "([^"]*)"(?: \(([^)]*)\))?, port (\d+)`),
		regexp.MustCompile(`(?:connect to|onnect to) (\S+)(?: \(([^)]*)\))? port (\d+)`),
		regexp.MustCompile(`Connect call failed \('([^']*)()', (\d+)`),
		regexp.MustCompile(`(?:tcp connect \(|waiting \d+ seconds for )\[?([\w.:-]*?)()\]?:(\d{1,5})\b`),
		regexp.MustCompile(`(?:refused|after \d+ ms): ([\w.-]*)/([\d.]+):(\d{1,5})\b`),
		regexp.MustCompile(`^([\w.-]+)():(\d{1,5}) - no response`),
		regexp.MustCompile("(?:dial tcp |ECONNREFUSED |ETIMEDOUT |EHOSTUNREACH |onnection to |connect to |server at `?)" + `\[?([\w.:-]*?)()\]?:(\d{1,5})\b`),
	}
	namedHost   = regexp.MustCompile(`(?:\blookup |ENOTFOUND |EAI_AGAIN |EAI_FAIL |UnknownHostException: |resolve host(?:name)?: |host address '?|bad address '|getaddrinfo for host "|tcp connect \()([\w.-]+)`)
	noNameAtAll = regexp.MustCompile(`EAI_AGAIN|EAI_FAIL|[Tt]emporary failure|server misbehaving|i/o timeout|refused`)
)

// server is the server that words name, by one or two names, and its port; both
// are empty where they name none.
func server(words string) (hosts []string, port string) {
	for _, r := range namedServers {
		if m := r.FindStringSubmatch(words); m != nil {
			return m[1:3], m[3]
		}
	}
	return nil, ""
}

// judge is the check that a trouble belongs to; empty: it is of another server.
func (n databaseNames) judge(x world.LogTrouble) string {
	if len(n.names) == 0 {
		return x.Check // no database is known that it could not be about
	}
	switch x.Check {
	case TroubleName:
		m := namedHost.FindStringSubmatch(x.Text)
		if m != nil && !n.knows(m[1]) && !noNameAtAll.MatchString(x.Text) {
			return ""
		}
	case TroubleTimeout, TroubleRefused:
		hosts, port := server(x.Text)
		switch {
		case port == "":
		case slices.ContainsFunc(hosts, n.knows):
			if port != n.ports[0] {
				return troublePort
			}
		case !slices.Contains(n.ports, port), slices.ContainsFunc(hosts, n.isElsewhere):
			return ""
		}
	}
	return x.Check
}

func (n databaseNames) knows(host string) bool {
	host = strings.TrimSuffix(host, ".")
	return host != "" && (slices.ContainsFunc(n.names, func(name string) bool { return strings.EqualFold(name, host) }) || slices.Contains(n.addresses, host))
}

// isElsewhere reports whether a host is an address that the database has not.
func (n databaseNames) isElsewhere(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil && len(n.addresses) > 0 && !slices.Contains(n.addresses, host)
}
