// Package bundle writes and reads what podsg observed as one document, to be
// checked elsewhere.
package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// Bundle is a snapshot with the answers, to be checked elsewhere.
type Bundle struct {
	SchemaVersion int             `json:"schemaVersion"`
	Podsg         string          `json:"podsg"` // version
	Intent        intent.Intent   `json:"intent"`
	Snapshot      *world.Snapshot `json:"snapshot"`
	// Authorities are the PEM certificates that databases were to be verified
	// with; a snapshot itself does not hold them.
	Authorities string `json:"authorities,omitempty"`
}

// The stand-ins for what a bundle does not tell.
const (
	redactedAccount  = "000000000000"
	redactedCaller   = "redacted"
	redactedEndpoint = "https://redacted.example.com"
)

// accountInARN finds the account of an ARN, or of an ECR image name.
var accountInARN = regexp.MustCompile(`(arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:)[0-9]{12}\b|\b[0-9]{12}(\.dkr\.ecr\.)`)

// Redacted is a bundle as JSON without what identifies account, caller and API
// server.
func Redacted(b Bundle) (string, error) {
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
