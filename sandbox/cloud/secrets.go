package cloud

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// secret is a secret of Secrets Manager with its current version.
type secret struct {
	ARN, Name, Description string
	Value                  string `json:"-"`
	Version                string
	Created                time.Time
	Tags                   tags
	OwningService          string
}

// secretsState is everything of Secrets Manager in the account. The account's
// lock is held while its methods run.
type secretsState struct {
	*base
	byName map[string]*secret
}

func newSecretsState(b *base) *secretsState {
	return &secretsState{base: b, byName: map[string]*secret{}}
}

// secretsService is Secrets Manager as scenarios use it: its methods take the
// account's lock.
type secretsService struct{ state *secretsState }

func newSecretsService(state *secretsState) *secretsService { return &secretsService{state} }

// secretsOperations are the actions of Secrets Manager that the account answers.
func secretsOperations(a *secretsState) []operation {
	return []operation{
		define(a, "secretsmanager", "GetSecretValue", reads, getSecretValue),
		define(a, "secretsmanager", "DescribeSecret", reads, describeSecret),
	}
}

// secretByID finds a secret by name, ARN, or ARN without its last six characters.
func (a *secretsState) secretByID(id string) (*secret, error) {
	for _, name := range slices.Sorted(maps.Keys(a.byName)) {
		if s := a.byName[name]; id == name || id == s.ARN || id == s.ARN[:strings.LastIndex(s.ARN, "-")] {
			return s, nil
		}
	}
	return nil, fail("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

type getSecretInput struct {
	SecretID     string `json:"SecretId"`
	VersionID    string `json:"VersionId"`
	VersionStage string
}

func (in *getSecretInput) Resource(a *secretsState) string { return a.secretResource(in.SecretID) }

func (a *secretsState) secretResource(id string) string {
	if s, err := a.secretByID(id); err == nil {
		return s.ARN
	}
	return id
}

type getSecretOutput struct {
	ARN           string
	Name          string
	VersionID     string `json:"VersionId"`
	SecretString  string
	VersionStages []string
	CreatedDate   epoch
}

func getSecretValue(a *secretsState, _ caller, in *getSecretInput) (*getSecretOutput, error) {
	if in.SecretID == "" {
		return nil, missingParameter("secretsmanager", "SecretId")
	}
	s, err := a.secretByID(in.SecretID)
	if err != nil {
		return nil, err
	}
	if in.VersionStage != "" && in.VersionStage != "AWSCURRENT" {
		return nil, fail("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: %s", in.VersionStage)
	}
	if in.VersionID != "" && in.VersionID != s.Version {
		return nil, fail("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for VersionId: %s", in.VersionID)
	}
	return &getSecretOutput{
		ARN: s.ARN, Name: s.Name, VersionID: s.Version, SecretString: s.Value, VersionStages: []string{"AWSCURRENT"}, CreatedDate: epoch(s.Created),
	}, nil
}

type describeSecretInput struct {
	SecretID string `json:"SecretId"`
}

func (in *describeSecretInput) Resource(a *secretsState) string { return a.secretResource(in.SecretID) }

type describeSecretOutput struct {
	ARN                string
	Name               string
	Description        string `json:",omitempty"`
	OwningService      string `json:",omitempty"`
	CreatedDate        epoch
	LastChangedDate    epoch
	Tags               []tagPair
	VersionIDsToStages map[string][]string `json:"VersionIdsToStages"`
}

func describeSecret(a *secretsState, _ caller, in *describeSecretInput) (*describeSecretOutput, error) {
	if in.SecretID == "" {
		return nil, missingParameter("secretsmanager", "SecretId")
	}
	s, err := a.secretByID(in.SecretID)
	if err != nil {
		return nil, err
	}
	return &describeSecretOutput{
		ARN: s.ARN, Name: s.Name, Description: s.Description, OwningService: s.OwningService, CreatedDate: epoch(s.Created),
		LastChangedDate: epoch(s.Created), Tags: s.Tags.pairs(), VersionIDsToStages: map[string][]string{s.Version: {"AWSCURRENT"}},
	}, nil
}

// AddSecret makes a secret, or gives one a new value, and returns its ARN.
func (a *secretsService) AddSecret(name, value string, t map[string]string) (arn string) {
	a.state.lock()
	defer a.state.unlock()
	return a.state.putSecret(name, value, t).ARN
}

// dropSecret deletes the secret with an ARN.
func (a *secretsState) dropSecret(arn string) {
	maps.DeleteFunc(a.byName, func(_ string, s *secret) bool { return s.ARN == arn })
}

func (a *secretsState) putSecret(name, value string, t map[string]string) *secret {
	s := a.byName[name]
	if s == nil {
		s = &secret{Name: name, ARN: a.arn("secretsmanager", "secret:"+name+"-"+a.IDs.hex(6)), Created: a.now()}
		a.byName[name] = s
	}
	s.Value, s.Version, s.Tags = value, a.IDs.uuid(), copyTags(t)
	return s
}

// secretsSnapshot tells every object of the service.
func (a *secretsState) secretsSnapshot(put snapshotPut) error { return putAll("secret", a.byName, put) }
