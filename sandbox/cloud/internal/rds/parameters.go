package rds

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

// parameterInfo is a parameter of PostgreSQL that RDS tells of.
type parameterInfo struct {
	name, value, description, dataType, applyType, allowed string
	system                                                 bool // not the engine's own default
}

// parametersOf are the parameters of a family with RDS's defaults. Since
// PostgreSQL 15 connections must be encrypted.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
func parametersOf(family string) []parameterInfo {
	var major int
	if _, err := fmt.Sscanf(family, "postgres%d", &major); err != nil {
		return nil
	}
	forceSSL := "0"
	if major >= 15 {
		forceSSL = "1"
	}
	return []parameterInfo{
		{"autovacuum", "1", "Starts the autovacuum subprocess.", "boolean", "dynamic", "0,1", false},
		{"log_connections", "", "Logs each successful connection.", "boolean", "dynamic", "0,1", false},
		{"log_statement", "", "Sets the type of statements logged.", "string", "dynamic", "none,ddl,mod,all", false},
		{"max_connections", "LEAST({DBInstanceClassMemory/9531392},5000)", "Sets the maximum number of concurrent connections.", "integer", "static", "6-8388607", true},
		{"password_encryption", "scram-sha-256", "Determine whether the password is to be encrypted.", "string", "dynamic", "md5,scram-sha-256", true},
		{"rds.accepted_password_auth_method", "md5+scram", "Force authentication for connections with passwords stored locally.", "string", "dynamic", "md5+scram,scram", true},
		{"rds.force_ssl", forceSSL, "Force SSL connections.", "boolean", "dynamic", "0,1", true},
		{"rds.logical_replication", "0", "Enables logical decoding.", "boolean", "static", "0,1", true},
		{"shared_buffers", "{DBInstanceClassMemory/32768}", "Sets the number of shared memory buffers used by the server.", "integer", "static", "16-1073741823", true},
		{"ssl", "1", "Enables SSL connections.", "boolean", "dynamic", "0,1", true},
		{"ssl_min_protocol_version", "TLSv1.2", "Sets the minimum SSL/TLS protocol version to use.", "string", "dynamic", "TLSv1.2,TLSv1.3", true},
		{"statement_timeout", "", "Sets the maximum allowed duration of any statement.", "integer", "dynamic", "0-2147483647", false},
		{"timezone", "UTC", "Sets the time zone for displaying and interpreting time stamps.", "string", "dynamic", "", true},
		{"work_mem", "", "Sets the maximum memory to be used for query workspaces.", "integer", "dynamic", "64-2147483647", false},
	}
}

// parameterGroup finds a group: one that was made or a family's default.
func (a *State) parameterGroup(name string) *dbParameterGroup {
	name = strings.ToLower(name)
	if g := a.parameterGroups[name]; g != nil {
		return g
	}
	family, ok := strings.CutPrefix(name, "default.")
	if !ok {
		return nil
	}
	known := slices.ContainsFunc(engineVersions(), func(v engineVersion) bool { return v.Family == family })
	for _, d := range a.instances {
		known = known || d.ParameterGroup == name // of another engine
	}
	if !known {
		return nil
	}
	return &dbParameterGroup{Name: name, Family: family, Description: "Default parameter group for " + family}
}

// defaultParameterGroup is the name of the default group of another engine's
// version: default.mysql8.4 for MySQL 8.4.7.
func defaultParameterGroup(engine, version string) string {
	parts := strings.SplitN(version, ".", 3)
	return "default." + engine + strings.Join(parts[:min(2, len(parts))], ".")
}

// parameter is the value that a parameter has in a group.
func (a *State) parameter(group, name string) string {
	g := a.parameterGroup(group)
	if g == nil {
		return ""
	}
	if v, ok := g.Values[name]; ok {
		return v
	}
	for _, p := range parametersOf(g.Family) {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// AddDBParameterGroup makes a parameter group of a family such as postgres17,
// with some parameters set.
func (a *Service) AddDBParameterGroup(name, family string, values map[string]string) {
	a.state.Lock()
	defer a.state.Unlock()
	name = strings.ToLower(name)
	a.state.parameterGroups[name] = &dbParameterGroup{Name: name, Family: family, Description: name, Values: tags.Copy(values), Tags: tags.Tags{}}
}

func noParameterGroup(name string) error {
	return awserr.WithStatus(404, "DBParameterGroupNotFound", "DBParameterGroup not found: %s", name)
}

type parameterGroupsInput struct {
	paging
	Name    string   `query:"DBParameterGroupName"`
	Filters []filter `query:"Filters.Filter"`
}

type parameterGroupsOutput struct {
	Groups listOf[parameterGroupXML] `xml:"DBParameterGroups"`
	Marker string                    `xml:"Marker,omitempty"`
}

type parameterGroupXML struct {
	Name        string `xml:"DBParameterGroupName"`
	Family      string `xml:"DBParameterGroupFamily"`
	Description string `xml:"Description"`
	Arn         string `xml:"DBParameterGroupArn"`
}

func (parameterGroupXML) element() string { return "DBParameterGroup" }

func describeDBParameterGroups(a *State, _ wire.Caller, in *parameterGroupsInput) (*parameterGroupsOutput, error) {
	names := slices.Sorted(maps.Keys(a.parameterGroups))
	for _, v := range engineVersions() {
		if v.Default {
			names = append(names, "default."+v.Family)
		}
	}
	if in.Name != "" {
		if a.parameterGroup(in.Name) == nil {
			return nil, noParameterGroup(in.Name)
		}
		names = []string{in.Name}
	}
	var all []parameterGroupXML
	for _, name := range names {
		g := a.parameterGroup(name)
		all = append(all, parameterGroupXML{g.Name, g.Family, g.Description, a.ARN("rds", "pg:"+g.Name)})
	}
	list, next, err := page(a, all, in.paging)
	return &parameterGroupsOutput{list, next}, err
}

type parametersInput struct {
	paging
	Name    string   `query:"DBParameterGroupName,required"`
	Source  string   `query:"Source"`
	Filters []filter `query:"Filters.Filter"`
}

type parametersOutput struct {
	Parameters listOf[parameterXML] `xml:"Parameters"`
	Marker     string               `xml:"Marker,omitempty"`
}

type parameterXML struct {
	Name         string `xml:"ParameterName"`
	Value        string `xml:"ParameterValue,omitempty"`
	Description  string `xml:"Description"`
	Source       string `xml:"Source"`
	ApplyType    string `xml:"ApplyType"`
	DataType     string `xml:"DataType"`
	Allowed      string `xml:"AllowedValues,omitempty"`
	IsModifiable bool   `xml:"IsModifiable"`
	ApplyMethod  string `xml:"ApplyMethod"`
}

func (parameterXML) element() string { return "Parameter" }

func describeDBParameters(a *State, _ wire.Caller, in *parametersInput) (*parametersOutput, error) {
	g := a.parameterGroup(in.Name)
	if g == nil {
		return nil, noParameterGroup(in.Name)
	}
	known := map[string]func(parameterXML) string{"parameter-name": func(p parameterXML) string { return p.Name }}
	var all []parameterXML
	for _, p := range parametersOf(g.Family) {
		x := parameterXML{
			Name: p.name, Value: p.value, Description: p.description, Source: "engine-default", ApplyType: p.applyType,
			DataType: p.dataType, Allowed: p.allowed, IsModifiable: true, ApplyMethod: "pending-reboot",
		}
		if p.system {
			x.Source = "system"
		}
		if v, ok := g.Values[p.name]; ok {
			x.Value, x.Source = v, "user"
		}
		ok, err := filtered(in.Filters, known, x)
		if err != nil {
			return nil, err
		}
		if ok && (in.Source == "" || in.Source == x.Source) {
			all = append(all, x)
		}
	}
	list, next, err := page(a, all, in.paging)
	return &parametersOutput{list, next}, err
}

type modifyParametersInput struct {
	Name       string              `query:"DBParameterGroupName,required"`
	Parameters []modifiedParameter `query:"Parameters.Parameter"`
}

type modifiedParameter struct {
	Name   string `query:"ParameterName"`
	Value  string `query:"ParameterValue"`
	Method string `query:"ApplyMethod"`
}

type modifyParametersOutput struct {
	Name string `xml:"DBParameterGroupName"`
}

// modifyDBParameterGroup sets parameters of a group that somebody made. The
// instances with the group have them at once: those that need a restart are not
// known apart.
func modifyDBParameterGroup(a *State, _ wire.Caller, in *modifyParametersInput) (*modifyParametersOutput, error) {
	g := a.parameterGroups[strings.ToLower(in.Name)]
	switch {
	case g == nil && a.parameterGroup(in.Name) != nil:
		return nil, awserr.New("InvalidParameterValue", "The parameter group %s cannot be modified: it is a default parameter group.", in.Name)
	case g == nil:
		return nil, noParameterGroup(in.Name)
	}
	for _, p := range in.Parameters {
		if !slices.ContainsFunc(parametersOf(g.Family), func(known parameterInfo) bool { return known.name == p.Name }) {
			return nil, awserr.New("InvalidParameterValue", "Could not find parameter with name: %s", p.Name)
		}
		g.Values[p.Name] = p.Value
	}
	for _, name := range slices.Sorted(maps.Keys(a.instances)) {
		if d := a.instances[name]; strings.EqualFold(d.ParameterGroup, g.Name) {
			a.setDBStatus(d, d.Status) // its server hears of the values
		}
	}
	return &modifyParametersOutput{g.Name}, nil
}
