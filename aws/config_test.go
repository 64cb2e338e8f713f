package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"podsg/steps/world"
)

// emptyEnvironment leaves nothing for the SDK to find but what files say.
func emptyEnvironment(t *testing.T, configText string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	home := t.TempDir()
	path := filepath.Join(home, "config")
	if err := os.WriteFile(path, []byte(configText), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("AWS_CONFIG_FILE", path)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, "credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func TestLoadConfigSaysWhatIsMissingAndWhereItLooked(t *testing.T) {
	tests := []struct {
		name     string
		config   string
		settings Settings
		env      map[string]string
		kind     world.ProblemKind
		says     []string
		command  string
	}{
		{
			name: "no region anywhere", env: map[string]string{"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s"},
			kind: world.ProblemUsage, says: []string{"--region", "AWS_REGION", `profile "default"`, "config"},
			command: "aws configure set region us-west-2",
		},
		{
			name: "no credentials anywhere", settings: Settings{Region: "us-west-2"},
			kind: world.ProblemCredentials, says: []string{"AWS_ACCESS_KEY_ID", `profile "default"`, "credentials", "metadata"},
			command: "aws configure",
		},
		{
			name: "a profile that is not there", settings: Settings{Region: "us-west-2", Profile: "nobody"},
			kind: world.ProblemCredentials, says: []string{`no profile "nobody"`, "config"}, command: "aws configure list-profiles",
		},
		{
			name: "a profile of IAM Identity Center that was never logged in",
			config: "[profile work]\nregion = us-west-2\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n" +
				"[sso-session corp]\nsso_region = us-west-2\nsso_start_url = https://example.awsapps.com/start\n",
			settings: Settings{Profile: "work"},
			kind:     world.ProblemCredentials, command: "aws sso login --profile work",
		},
		{
			name:     "a profile whose role wants a code of an MFA device",
			config:   mfaProfile,
			settings: Settings{Profile: "admin"},
			kind:     world.ProblemCredentials, says: []string{`profile "admin"`, "MFA"},
			command: `eval "$(aws configure export-credentials --profile admin --format env)"`,
		},
		{
			name: "the same profile by the environment", config: mfaProfile, env: map[string]string{"AWS_PROFILE": "admin"},
			kind: world.ProblemCredentials, says: []string{`profile "admin"`},
			command: `eval "$(aws configure export-credentials --profile admin --format env)"`,
		},
		{
			name:     "a credential process that fails",
			config:   "[profile tool]\nregion = us-west-2\ncredential_process = /bin/false\n",
			settings: Settings{Profile: "tool"},
			kind:     world.ProblemCredentials, command: "aws configure get credential_process --profile tool",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			emptyEnvironment(t, tt.config)
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			_, err := LoadConfig(t.Context(), tt.settings)
			var p *world.Problem
			if !errors.As(err, &p) || p.Kind != tt.kind {
				t.Fatalf("error = %v, want a problem of kind %v", err, tt.kind)
			}
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in %q", want, err)
				}
			}
			if p.Command != tt.command {
				t.Errorf("command = %q, want %q", p.Command, tt.command)
			}
		})
	}
}

// mfaProfile is a profile admin whose role may be assumed with MFA only.
const mfaProfile = "[profile admin]\nregion = us-west-2\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = base\n" +
	"mfa_serial = arn:aws:iam::111122223333:mfa/x\n" +
	"[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = s\n"

func TestExportedCredentialsServeInsteadOfAProfileWithMFA(t *testing.T) {
	emptyEnvironment(t, mfaProfile)
	t.Setenv("AWS_PROFILE", "admin")
	t.Setenv("AWS_ACCESS_KEY_ID", "ASIAEXPORTED")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	t.Setenv("AWS_SESSION_TOKEN", "t")
	cfg, err := LoadConfig(t.Context(), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := cfg.Credentials.Retrieve(t.Context()); err != nil || keys.AccessKeyID != "ASIAEXPORTED" || cfg.Region != "us-west-2" {
		t.Errorf("access key %q, region %q, error %v", keys.AccessKeyID, cfg.Region, err)
	}
}

func TestLoadConfigHonoursProfileRegionEndpointAndAttempts(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		if !strings.Contains(r.Header.Get("Authorization"), "AKIDPROFILE/") || !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/sts/") {
			t.Errorf("signed as %s", r.Header.Get("Authorization"))
		}
		if !strings.Contains(r.Header.Get("User-Agent"), "podsg") {
			t.Errorf("user agent = %s", r.Header.Get("User-Agent"))
		}
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = fmt.Fprint(w, queryError("InternalFailure", "try again"))
	}))
	defer server.Close()
	emptyEnvironment(t, "[profile work]\nregion = eu-west-1\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = s\n")
	t.Setenv("AWS_PROFILE", "work")
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	t.Setenv("AWS_MAX_ATTEMPTS", "2")

	cfg, err := LoadConfig(t.Context(), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(cfg).Identity(t.Context()); err == nil {
		t.Error("an endpoint that always fails was believed")
	}
	if calls != 2 {
		t.Errorf("%d attempts, want AWS_MAX_ATTEMPTS = 2", calls)
	}
}

func TestLoadConfigStopsWhenInterrupted(t *testing.T) {
	emptyEnvironment(t, "[default]\nregion = us-west-2\ncredential_process = /bin/true\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := LoadConfig(ctx, Settings{}); world.KindOf(err) != world.ProblemInterrupted {
		t.Errorf("error = %v, want an interruption", err)
	}
}
