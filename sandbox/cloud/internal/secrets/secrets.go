// Package secrets is Secrets Manager in an account.
package secrets

import (
	"maps"
	"slices"
	"strings"
	"time"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/core"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

// Secret is a secret of Secrets Manager with its current version.
type Secret struct {
	ARN, Name, Description string
	Value                  string `json:"-"`
	Version                string
	Created                time.Time
	Tags                   tags.Tags
	OwningService          string
}

// State is everything of Secrets Manager in the account. The account's
// lock is held while its methods run.
type State struct {
	*core.Base
	byName map[string]*Secret
}

// NewState has no secrets.
func NewState(b *core.Base) *State {
	return &State{Base: b, byName: map[string]*Secret{}}
}

// Service is Secrets Manager as scenarios use it: its methods take the
// account's lock.
type Service struct{ state *State }

// NewService is the service with a state.
func NewService(state *State) *Service { return &Service{state} }

// Operations are the actions of Secrets Manager that the account answers.
func Operations(a *State) []wire.Operation {
	return []wire.Operation{
		wire.Define(a, "secretsmanager", "GetSecretValue", wire.Reads, getSecretValue),
		wire.Define(a, "secretsmanager", "DescribeSecret", wire.Reads, describeSecret),
	}
}

// secretByID finds a secret by name, ARN, or ARN without its last six characters.
func (a *State) secretByID(id string) (*Secret, error) {
	for _, name := range slices.Sorted(maps.Keys(a.byName)) {
		if s := a.byName[name]; id == name || id == s.ARN || id == s.ARN[:strings.LastIndex(s.ARN, "-")] {
			return s, nil
		}
	}
	return nil, awserr.New("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

type getSecretInput struct {
	SecretID     string `json:"SecretId"`
	VersionID    string `json:"VersionId"`
	VersionStage string
}

func (in *getSecretInput) Resource(a *State) string { return a.secretResource(in.SecretID) }

func (a *State) secretResource(id string) string {
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
	CreatedDate   wire.Epoch
}

func getSecretValue(a *State, _ wire.Caller, in *getSecretInput) (*getSecretOutput, error) {
	if in.SecretID == "" {
		return nil, awserr.MissingParameter("secretsmanager", "SecretId")
	}
	s, err := a.secretByID(in.SecretID)
	if err != nil {
		return nil, err
	}
	if in.VersionStage != "" && in.VersionStage != "AWSCURRENT" {
		return nil, awserr.New("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: %s", in.VersionStage)
	}
	if in.VersionID != "" && in.VersionID != s.Version {
		return nil, awserr.New("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for VersionId: %s", in.VersionID)
	}
	return &getSecretOutput{
		ARN: s.ARN, Name: s.Name, VersionID: s.Version, SecretString: s.Value, VersionStages: []string{"AWSCURRENT"}, CreatedDate: wire.Epoch(s.Created),
	}, nil
}

type describeSecretInput struct {
	SecretID string `json:"SecretId"`
}

func (in *describeSecretInput) Resource(a *State) string { return a.secretResource(in.SecretID) }

type describeSecretOutput struct {
	ARN                string
	Name               string
	Description        string `json:",omitempty"`
	OwningService      string `json:",omitempty"`
	CreatedDate        wire.Epoch
	LastChangedDate    wire.Epoch
	Tags               []tags.Pair
	VersionIDsToStages map[string][]string `json:"VersionIdsToStages"`
}

func describeSecret(a *State, _ wire.Caller, in *describeSecretInput) (*describeSecretOutput, error) {
	if in.SecretID == "" {
		return nil, awserr.MissingParameter("secretsmanager", "SecretId")
	}
	s, err := a.secretByID(in.SecretID)
	if err != nil {
		return nil, err
	}
	return &describeSecretOutput{
		ARN: s.ARN, Name: s.Name, Description: s.Description, OwningService: s.OwningService, CreatedDate: wire.Epoch(s.Created),
		LastChangedDate: wire.Epoch(s.Created), Tags: s.Tags.Pairs(), VersionIDsToStages: map[string][]string{s.Version: {"AWSCURRENT"}},
	}, nil
}

// AddSecret makes a secret, or gives one a new value, and returns its ARN.
func (a *Service) AddSecret(name, value string, t map[string]string) (arn string) {
	a.state.Lock()
	defer a.state.Unlock()
	return a.state.PutSecret(name, value, t).ARN
}

// DropSecret deletes the secret with an ARN.
func (a *State) DropSecret(arn string) {
	maps.DeleteFunc(a.byName, func(_ string, s *Secret) bool { return s.ARN == arn })
}

// PutSecret makes a secret or gives one a new value.
func (a *State) PutSecret(name, value string, t map[string]string) *Secret {
	s := a.byName[name]
	if s == nil {
		s = &Secret{Name: name, ARN: a.ARN("secretsmanager", "secret:"+name+"-"+a.IDs.Hex(6)), Created: a.Now()}
		a.byName[name] = s
	}
	s.Value, s.Version, s.Tags = value, a.IDs.UUID(), tags.Copy(t)
	return s
}

// Snapshot tells every object of the service.
func (a *State) Snapshot(put core.Put) error { return core.PutAll("secret", a.byName, put) }
