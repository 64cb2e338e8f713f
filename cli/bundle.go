package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// bundle is a snapshot with the answers, to be checked elsewhere.
type bundle struct {
	SchemaVersion int             `json:"schemaVersion"`
	Podsg         string          `json:"podsg"` // version
	Intent        intent.Intent   `json:"intent"`
	Snapshot      *world.Snapshot `json:"snapshot"`
	// Authorities are the PEM certificates that databases were to be verified
	// with; a snapshot itself does not hold them.
	Authorities string `json:"authorities,omitempty"`
}

func newBundle(a *app, o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bundle",
		Short: "Write a redacted snapshot that podsg diagnose --from reads offline",
		Long: `Write what podsg observes as one JSON document, to be sent to somebody who helps.
Account ids, the caller's name, the API server's address and certificate are
replaced; there is no secret in a snapshot in the first place.`,
		Example: `  podsg bundle --cluster workshop > snapshot.json
  podsg bundle --cluster workshop | podsg diagnose --from -`,
		Args: noArguments,
	}
	o.addWorld(cmd)
	addAnswerFlags(cmd.Flags())
	cmd.Flags().StringVar(&o.answers, "answers", "", "read the answers from this YAML `file`; - is standard input")
	addOutput(cmd, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.newSession(cmd, o)
		if err != nil {
			return err
		}
		defer s.close()
		ctx, cancel := s.limited(cmd.Context())
		defer cancel()
		observation, err := s.observeToDiagnose(ctx)
		if err != nil {
			return err
		}
		text, err := redacted(bundle{
			SchemaVersion: plan.SchemaVersion, Podsg: a.Build.Version, Intent: s.intent, Snapshot: observation.Snapshot,
			Authorities: string(observation.CA),
		})
		if err != nil {
			return err
		}
		return a.print(text)
	}
	return cmd
}

// The stand-ins for what a bundle does not tell.
const (
	redactedAccount  = "000000000000"
	redactedCaller   = "redacted"
	redactedEndpoint = "https://redacted.example.com"
)

// accountInARN finds the account of an ARN, or of an ECR image name.
var accountInARN = regexp.MustCompile(`(arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:)[0-9]{12}\b|\b[0-9]{12}(\.dkr\.ecr\.)`)

// redacted is a bundle as JSON without what identifies account, caller and API
// server.
func redacted(b bundle) (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	snapshot := *b.Snapshot
	server, account := snapshot.Kube.Server, snapshot.Cloud.Identity.Account
	endpoint := snapshot.Cloud.Cluster.Endpoint
	caller := snapshot.Cloud.Identity.ARN
	snapshot.Cloud.Identity.ARN = caller[:strings.LastIndexAny(caller, "/:")+1] + redactedCaller
	snapshot.Cloud.Cluster.CAData, snapshot.Kube.CAData, snapshot.Kube.TLSServerName = "", "", ""
	if held := snapshot.Kube.Lock; held != nil {
		lock := *held
		lock.Holder = redactedCaller // a user's and a machine's name
		snapshot.Kube.Lock = &lock
	}
	b.Snapshot = &snapshot
	if err := enc.Encode(b); err != nil {
		return "", fmt.Errorf("write the bundle: %w", err)
	}
	text := accountInARN.ReplaceAllString(out.String(), "${1}"+redactedAccount+"${2}")
	for secret, replacement := range map[string]string{account: redactedAccount, server: redactedEndpoint, endpoint: redactedEndpoint} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, replacement)
		}
	}
	return text, nil
}
