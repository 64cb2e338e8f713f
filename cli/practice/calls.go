package practice

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"podsg/steps/world"
)

// Call is a call that a served world has seen.
type Call struct {
	At       time.Time `json:"at"`
	Service  string    `json:"service"`
	Action   string    `json:"action"`
	Mutating bool      `json:"mutating"`
	Error    string    `json:"error,omitempty"`
}

// Calls asks the world that is served at an address.
func Calls(ctx context.Context, base string) ([]Call, error) {
	if base == "" {
		return nil, world.Usage("run podsg sandbox, and paste its export lines here", "%s is not set: which practice world?", VariableURL)
	}
	ctx, cancel := context.WithTimeout(ctx, worldTimeout)
	defer cancel()
	problem := func(err error) error {
		return &world.Problem{Kind: world.ProblemUnreachable, Doing: "ask the practice world", Object: base, Err: err, Hint: "is it still running?"}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/calls", nil)
	if err != nil {
		return nil, problem(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, problem(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("it answers %s", response.Status)
	}
	var calls []Call
	if err == nil {
		err = json.Unmarshal(body, &calls)
	}
	if err != nil {
		return nil, problem(err)
	}
	return calls, nil
}

// worldTimeout bounds a question to a served world.
const worldTimeout = 10 * time.Second
