package cloud

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

type listAddonsInput struct {
	clusterInput
	eksPaging
}

type listAddonsOutput struct {
	Addons    []string `json:"addons"`
	NextToken *string  `json:"nextToken"`
}

func listAddons(a *eksState, _ caller, in *listAddonsInput) (*listAddonsOutput, error) {
	c, err := a.cluster(in.Name)
	if err != nil {
		return nil, err
	}
	names, next, err := eksPage(a, slices.Sorted(maps.Keys(c.Addons)), in.eksPaging)
	if err != nil {
		return nil, err
	}
	return &listAddonsOutput{names, next}, nil
}

type addonInput struct {
	clusterInput
	Addon string `path:"addonName" json:"-"`
}

func (in addonInput) Resource(a *eksState) string {
	return a.arn("eks", "addon/"+in.Name+"/"+in.Addon+"/*")
}

func (in addonInput) find(a *eksState) (*eksCluster, *addon, error) {
	c, err := a.cluster(in.Name)
	if err != nil {
		return nil, nil, err
	}
	if x := c.Addons[in.Addon]; x != nil {
		return c, x, nil
	}
	return nil, nil, failStatus(404, "ResourceNotFoundException", "No addon: %s found in cluster: %s", in.Addon, in.Name)
}

type describeAddonInput struct{ addonInput }

type describeAddonOutput struct {
	Addon addonJSON `json:"addon"`
}

type addonJSON struct {
	Name                string          `json:"addonName"`
	Cluster             string          `json:"clusterName"`
	Status              string          `json:"status"`
	Version             string          `json:"addonVersion"`
	Health              addonHealthJSON `json:"health"`
	Arn                 string          `json:"addonArn"`
	CreatedAt           epoch           `json:"createdAt"`
	ModifiedAt          epoch           `json:"modifiedAt"`
	RoleArn             string          `json:"serviceAccountRoleArn,omitempty"`
	Tags                tags            `json:"tags"`
	ConfigurationValues string          `json:"configurationValues,omitempty"`
}

type addonHealthJSON struct {
	Issues []addonIssue `json:"issues"`
}

func describeAddon(a *eksState, _ caller, in *describeAddonInput) (*describeAddonOutput, error) {
	c, x, err := in.find(a)
	if err != nil {
		return nil, err
	}
	return &describeAddonOutput{addonJSON{
		Name: x.Name, Cluster: c.Name, Status: x.Status, Version: x.Version, Health: addonHealthJSON{append([]addonIssue{}, x.Health...)},
		Arn: x.ARN, CreatedAt: epoch(x.Created), ModifiedAt: epoch(x.Modified), RoleArn: x.RoleARN, Tags: x.Tags,
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
	CreatedAt epoch         `json:"createdAt"`
	Errors    []updateError `json:"errors"`
}

func (u *update) json() updateJSON {
	return updateJSON{
		ID: u.ID, Status: u.Status, Type: u.Type, Params: append([]updateParam{}, u.Params...), CreatedAt: epoch(u.Created),
		Errors: append([]updateError{}, u.Errors...),
	}
}

func updateAddon(a *eksState, _ caller, in *updateAddonInput) (*updateOutput, error) {
	c, x, err := in.find(a)
	if err != nil {
		return nil, err
	}
	switch in.ResolveConflicts {
	case "", "OVERWRITE", "NONE", "PRESERVE":
	default:
		return nil, fail("InvalidParameterException", "resolveConflicts must be one of OVERWRITE, NONE, PRESERVE")
	}
	if c.Status != "ACTIVE" {
		return nil, failStatus(409, "ResourceInUseException", "Cluster %s is in %s status", c.Name, c.Status)
	}
	if x.update != "" {
		return nil, failStatus(409, "ResourceInUseException", "Addon %s cannot be updated as it is currently in UPDATING status", x.Name)
	}
	version := in.AddonVersion
	if version == "" {
		version = x.Version
	}
	known := a.addonVersion(x.Name, version)
	if known == nil || !known.supports(c.Version) {
		return nil, fail("InvalidParameterException", "Addon version specified is not supported")
	}
	values := x.ConfigurationValues
	if in.ConfigurationValues != nil {
		values = *in.ConfigurationValues
	}
	if err := checkConfiguration(known, values); err != nil {
		return nil, err
	}
	u := &update{ID: a.IDs.uuid(), Status: "InProgress", Type: "AddonUpdate", Addon: x.Name, Created: a.now()}
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
	x.Version, x.ConfigurationValues, x.Status, x.update, x.Modified = version, values, "UPDATING", u.ID, a.now()
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
		return fail("InvalidParameterException", "ConfigurationValue provided in request is not a valid JSON or YAML")
	}
	if problems := validate(version.Schema, v); len(problems) > 0 {
		return fail("InvalidParameterException", "ConfigurationValue provided in request is not supported: "+
			"Json schema validation failed with error: [%s]", strings.Join(problems, ", "))
	}
	return nil
}

func (a *eksState) addonChanged(cluster string, x *addon) {
	name, version, values := x.Name, x.Version, x.ConfigurationValues
	for _, f := range a.onAddon {
		a.notify(func() { f(cluster, name, version, values) })
	}
}

// OnAddonUpdate registers a function to be called when an update of an add-on
// begins. It may call the account.
func (a *eksService) OnAddonUpdate(f func(cluster, addon, version, configurationValues string)) {
	a.state.lock()
	defer a.state.unlock()
	a.state.onAddon = append(a.state.onAddon, f)
}

// SetAddonStatus reports the status that an add-on's workload has reached,
// such as ACTIVE, DEGRADED or UPDATE_FAILED. It ends the update in progress.
func (a *eksService) SetAddonStatus(cluster, addon, status string) {
	a.SetAddonHealth(cluster, addon, status)
}

// SetAddonHealth is SetAddonStatus with issues, each "Code: message".
func (a *eksService) SetAddonHealth(cluster, addon, status string, issues ...string) {
	a.state.lock()
	defer a.state.unlock()
	c := a.state.clusters[cluster]
	if c == nil || c.Addons[addon] == nil {
		return
	}
	x := c.Addons[addon]
	x.Status, x.Modified, x.Health = status, a.state.now(), nil
	for _, text := range issues {
		code, message, _ := strings.Cut(text, ": ")
		x.Health = append(x.Health, addonIssue{Code: code, Message: message, ResourceIDs: []string{}})
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

func describeUpdate(a *eksState, _ caller, in *describeUpdateInput) (*updateOutput, error) {
	c, err := a.cluster(in.Name)
	if err != nil {
		return nil, err
	}
	u := c.Updates[in.ID]
	if u == nil || u.Addon != in.AddonName {
		return nil, failStatus(404, "ResourceNotFoundException", "No update found for ID: %s", in.ID)
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

func describeAddonConfiguration(a *eksState, _ caller, in *addonConfigurationInput) (*addonConfigurationOutput, error) {
	v := a.addonVersion(in.Name, in.Version)
	if v == nil {
		return nil, failStatus(404, "ResourceNotFoundException", "No addon configuration found for addon: %s, version: %s", in.Name, in.Version)
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
