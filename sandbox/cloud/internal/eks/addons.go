package eks

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type listAddonsInput struct {
	clusterInput
	paging
}

type listAddonsOutput struct {
	Addons    []string `json:"addons"`
	NextToken *string  `json:"nextToken"`
}

func listAddons(a *State, _ wire.Caller, in *listAddonsInput) (*listAddonsOutput, error) {
	c, err := a.Cluster(in.Name)
	if err != nil {
		return nil, err
	}
	names, next, err := page(a, slices.Sorted(maps.Keys(c.Addons)), in.paging)
	return &listAddonsOutput{names, next}, err
}

type addonInput struct {
	clusterInput
	Addon string `path:"addonName" json:"-"`
}

func (in addonInput) Resource(a *State) string {
	return a.ARN("eks", "addon/"+in.Name+"/"+in.Addon+"/*")
}

func (in addonInput) find(a *State) (*Cluster, *addon, error) {
	c, err := a.Cluster(in.Name)
	if err != nil {
		return nil, nil, err
	}
	if x := c.Addons[in.Addon]; x != nil {
		return c, x, nil
	}
	return nil, nil, awserr.WithStatus(404, "ResourceNotFoundException", "No addon: %s found in cluster: %s", in.Addon, in.Name)
}

type describeAddonInput struct{ addonInput }

type describeAddonOutput struct {
	Addon addonJSON `json:"addon"`
}

type addonJSON struct {
	Name                string     `json:"addonName"`
	Cluster             string     `json:"clusterName"`
	Status              string     `json:"status"`
	Version             string     `json:"addonVersion"`
	Health              healthJSON `json:"health"`
	Arn                 string     `json:"addonArn"`
	CreatedAt           wire.Epoch `json:"createdAt"`
	ModifiedAt          wire.Epoch `json:"modifiedAt"`
	RoleArn             string     `json:"serviceAccountRoleArn,omitempty"`
	Tags                tags.Tags  `json:"tags"`
	ConfigurationValues string     `json:"configurationValues,omitempty"`
}

func describeAddon(a *State, _ wire.Caller, in *describeAddonInput) (*describeAddonOutput, error) {
	c, x, err := in.find(a)
	if err != nil {
		return nil, err
	}
	return &describeAddonOutput{addonJSON{
		Name: x.Name, Cluster: c.Name, Status: x.Status, Version: x.Version, Health: healthJSON{append([]ClusterIssue{}, x.Health...)},
		Arn: x.ARN, CreatedAt: wire.Epoch(x.Created), ModifiedAt: wire.Epoch(x.Modified), RoleArn: x.RoleARN, Tags: x.Tags,
		ConfigurationValues: x.ConfigurationValues,
	}}, nil
}

type updateAddonInput struct {
	addonInput
	AddonVersion            string        `json:"addonVersion"`
	ServiceAccountRoleArn   string        `json:"serviceAccountRoleArn"`
	ResolveConflicts        string        `json:"resolveConflicts"`
	ClientRequestToken      string        `json:"clientRequestToken"`
	ConfigurationValues     *string       `json:"configurationValues"`
	PodIdentityAssociations []podIdentity `json:"podIdentityAssociations"`
}

type updateOutput struct {
	Update updateJSON `json:"update"`
}

type updateJSON struct {
	ID        string        `json:"id"`
	Status    string        `json:"status"`
	Type      string        `json:"type"`
	Params    []updateParam `json:"params"`
	CreatedAt wire.Epoch    `json:"createdAt"`
	Errors    []updateError `json:"errors"`
}

func (u *update) json() updateJSON {
	return updateJSON{
		ID: u.ID, Status: u.Status, Type: u.Type, Params: append([]updateParam{}, u.Params...), CreatedAt: wire.Epoch(u.Created),
		Errors: append([]updateError{}, u.Errors...),
	}
}

func updateAddon(a *State, _ wire.Caller, in *updateAddonInput) (*updateOutput, error) {
	c, x, err := in.find(a)
	if err != nil {
		return nil, err
	}
	switch in.ResolveConflicts {
	case "", "OVERWRITE", "NONE", "PRESERVE":
	default:
		return nil, awserr.New("InvalidParameterException", "resolveConflicts must be one of OVERWRITE, NONE, PRESERVE")
	}
	if c.Status != "ACTIVE" {
		return nil, awserr.WithStatus(409, "ResourceInUseException", "Cluster %s is in %s status", c.Name, c.Status)
	}
	if x.update != "" {
		return nil, awserr.WithStatus(409, "ResourceInUseException", "Addon %s cannot be updated as it is currently in UPDATING status", x.Name)
	}
	version := in.AddonVersion
	if version == "" {
		version = x.Version
	}
	known := a.addonVersion(x.Name, version)
	if known == nil || !known.supports(c.Version) {
		return nil, awserr.New("InvalidParameterException", "Addon version specified is not supported")
	}
	values := x.ConfigurationValues
	if in.ConfigurationValues != nil {
		values = *in.ConfigurationValues
	}
	if err := checkConfiguration(known, values); err != nil {
		return nil, err
	}
	u := &update{ID: a.IDs.UUID(), Status: "InProgress", Type: "AddonUpdate", Addon: x.Name, Created: a.Now()}
	for _, p := range []updateParam{
		{"AddonVersion", in.AddonVersion}, {"ServiceAccountRoleArn", in.ServiceAccountRoleArn}, {"ResolveConflicts", in.ResolveConflicts},
	} {
		if p.Value != "" {
			u.Params = append(u.Params, p)
		}
	}
	if in.ConfigurationValues != nil {
		u.Params = append(u.Params, updateParam{"ConfigurationValues", *in.ConfigurationValues})
	}
	c.Updates[u.ID] = u
	x.Version, x.ConfigurationValues, x.Status, x.update, x.Modified = version, values, "UPDATING", u.ID, a.Now()
	// A role that an update does not name is taken away: the add-on then has the
	// permissions of the nodes' role.
	// https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAddon.html
	x.RoleARN = in.ServiceAccountRoleArn
	a.addonChanged(c.Name, x)
	return &updateOutput{u.json()}, nil
}

// checkConfiguration validates configuration values, JSON or YAML, against the
// schema of an add-on's version.
func checkConfiguration(version *AddonVersion, values string) error {
	if strings.TrimSpace(values) == "" {
		return nil
	}
	var v any
	if json.Unmarshal([]byte(values), &v) != nil && yaml.Unmarshal([]byte(values), &v) != nil {
		return awserr.New("InvalidParameterException", "ConfigurationValue provided in request is not a valid JSON or YAML")
	}
	if problems := validate(version.Schema, v); len(problems) > 0 {
		return awserr.New("InvalidParameterException", "ConfigurationValue provided in request is not supported: "+
			"Json schema validation failed with error: [%s]", strings.Join(problems, ", "))
	}
	return nil
}

func (a *State) addonChanged(cluster string, x *addon) {
	name, version, values := x.Name, x.Version, x.ConfigurationValues
	for _, f := range a.onAddon {
		a.Notify(func() { f(cluster, name, version, values) })
	}
}

// OnAddonUpdate registers a function to be called when an update of an add-on
// begins. It may call the account.
func (a *Service) OnAddonUpdate(f func(cluster, addon, version, configurationValues string)) {
	a.state.Lock()
	defer a.state.Unlock()
	a.state.onAddon = append(a.state.onAddon, f)
}

// SetAddonStatus reports the status that an add-on's workload has reached,
// such as ACTIVE, DEGRADED or UPDATE_FAILED. It ends the update in progress.
func (a *Service) SetAddonStatus(cluster, addon, status string) {
	a.SetAddonHealth(cluster, addon, status)
}

// SetAddonHealth is SetAddonStatus with issues, each "Code: message".
func (a *Service) SetAddonHealth(cluster, addon, status string, issues ...string) {
	a.state.Lock()
	defer a.state.Unlock()
	c := a.state.clusters[cluster]
	if c == nil || c.Addons[addon] == nil {
		return
	}
	x := c.Addons[addon]
	x.Status, x.Modified, x.Health = status, a.state.Now(), nil
	for _, text := range issues {
		code, message, _ := strings.Cut(text, ": ")
		x.Health = append(x.Health, ClusterIssue{Code: code, Message: message, ResourceIDs: []string{}})
	}
	u := c.Updates[x.update]
	if u == nil || status == "UPDATING" {
		return
	}
	x.update, u.Status = "", "Successful"
	if status != "ACTIVE" {
		u.Status = "Failed"
		for _, i := range x.Health {
			u.Errors = append(u.Errors, updateError{ErrorCode: i.Code, ErrorMessage: i.Message})
		}
	}
}

type describeUpdateInput struct {
	clusterInput
	ID         string `path:"updateId" json:"-"`
	AddonName  string `query:"addonName" json:"-"`
	Nodegroup  string `query:"nodegroupName" json:"-"`
	Capability string `query:"capabilityName" json:"-"`
}

func describeUpdate(a *State, _ wire.Caller, in *describeUpdateInput) (*updateOutput, error) {
	c, err := a.Cluster(in.Name)
	if err != nil {
		return nil, err
	}
	u := c.Updates[in.ID]
	if u == nil || u.Addon != in.AddonName {
		return nil, awserr.WithStatus(404, "ResourceNotFoundException", "No update found for ID: %s", in.ID)
	}
	return &updateOutput{u.json()}, nil
}

type addonConfigurationInput struct {
	Name    string `query:"addonName" json:"-"`
	Version string `query:"addonVersion" json:"-"`
}

type addonConfigurationOutput struct {
	Name    string  `json:"addonName"`
	Version string  `json:"addonVersion"`
	Schema  string  `json:"configurationSchema"`
	Pods    []empty `json:"podIdentityConfiguration"`
}

type empty struct{}

func describeAddonConfiguration(a *State, _ wire.Caller, in *addonConfigurationInput) (*addonConfigurationOutput, error) {
	v := a.addonVersion(in.Name, in.Version)
	if v == nil {
		return nil, awserr.WithStatus(404, "ResourceNotFoundException", "No addon configuration found for addon: %s, version: %s", in.Name, in.Version)
	}
	text, err := json.Marshal(v.Schema)
	if err != nil {
		return nil, err
	}
	return &addonConfigurationOutput{Name: in.Name, Version: in.Version, Schema: string(text), Pods: []empty{}}, nil
}

// AddonSpec describes an EKS add-on of a cluster.
type AddonSpec struct {
	Name, Version       string // an empty version means the newest known
	ConfigurationValues string
	Status              string // default ACTIVE
	RoleARN             string
	Created             time.Time // default now
}
