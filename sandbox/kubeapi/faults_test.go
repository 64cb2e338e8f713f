package kubeapi_test

import (
	"context"
	"errors"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/kubeapi/faults"
)

// tryGet reads a configmap without client-go's own retries.
func tryGet(ctx context.Context, w *world) error {
	return w.typed.CoreV1().RESTClient().Get().Namespace("workshop").Resource("configmaps").Name("cm-0").
		MaxRetries(0).Do(ctx).Error()
}

func TestInjectedStatusIsWhatTheClientSees(t *testing.T) {
	tests := map[string]struct {
		fault faults.Fault
		is    func(error) bool
	}{
		"throttled":     {faults.Fault{Status: 429, RetryAfter: 2 * time.Second}, apierrors.IsTooManyRequests},
		"broken":        {faults.Fault{Status: 500}, apierrors.IsInternalError},
		"unavailable":   {faults.Fault{Status: 503}, apierrors.IsServiceUnavailable},
		"forbidden":     {faults.Fault{Status: 403, Message: "no entry"}, apierrors.IsForbidden},
		"expired token": {faults.Fault{Status: 401}, apierrors.IsUnauthorized},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			seedMaps(t, w, 1)
			remove := w.server.InjectFault(test.fault)
			err := tryGet(context5(t), w)
			if !test.is(err) {
				t.Errorf("error = %v", err)
			}
			if seconds, ok := apierrors.SuggestsClientDelay(err); test.fault.RetryAfter > 0 && (!ok || seconds != 2) {
				t.Errorf("suggested delay = %d, %v; want 2 seconds", seconds, ok)
			}
			remove()
			if err := tryGet(context5(t), w); err != nil {
				t.Errorf("after the fault was taken away: %v", err)
			}
		})
	}
}

func TestClientGetsOverThrottlingByItself(t *testing.T) {
	w := newWorld(t)
	seedMaps(t, w, 1)
	w.server.InjectFault(faults.Fault{Verb: "get", Resource: "configmaps", Status: 429, Times: 1})
	if _, err := w.typed.CoreV1().ConfigMaps("workshop").Get(context5(t), "cm-0", metav1.GetOptions{}); err != nil {
		t.Errorf("get = %v", err)
	}
}

func TestFaultStrikesOnlyWhatItMatches(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	seedMaps(t, w, 1)
	w.server.InjectFault(faults.Fault{Resource: "configmaps", Mutating: true, After: 1, Times: 1, Status: 403})
	maps := w.typed.CoreV1().ConfigMaps("workshop")
	for i, want := range []bool{false, true, false} {
		_, err := maps.Create(ctx, configMap(string(rune('a'+i)), nil), metav1.CreateOptions{})
		if apierrors.IsForbidden(err) != want {
			t.Errorf("create %d = %v, want forbidden %v", i+1, err, want)
		}
	}
	if err := tryGet(ctx, w); err != nil {
		t.Errorf("a read was struck: %v", err)
	}
}

func TestHangLastsUntilTheClientGivesUp(t *testing.T) {
	w := newWorld(t)
	seedMaps(t, w, 1)
	w.server.InjectFault(faults.Fault{Verb: "get", Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := tryGet(ctx, w); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error = %v, want the client's own deadline", err)
	}
}

func TestStopAtCallLeavesTheRestUndone(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	w.server.InjectFault(faults.Fault{Mutating: true, StopAtCall: 3})
	for _, name := range []string{"a", "b", "c", "d"} {
		err := w.typed.CoreV1().RESTClient().Post().Namespace("workshop").Resource("configmaps").
			Body(configMap(name, nil)).MaxRetries(0).Do(ctx).Error()
		var status apierrors.APIStatus
		if struck := name > "b"; (err != nil) != struck || asStatus(err, &status) {
			t.Errorf("create %s = %v, want a cut connection: %v", name, err, struck)
		}
	}
	listed, err := w.typed.CoreV1().ConfigMaps("workshop").List(ctx, metav1.ListOptions{})
	if err != nil || len(listed.Items) != 2 {
		t.Errorf("stored %d, %v; want the first two", len(listed.Items), err)
	}
}

func TestLostAnswerIsOfARequestThatWasCarriedOut(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	w.server.InjectFault(faults.Fault{Verb: "create", LoseAnswer: true, Times: 1})
	err := w.typed.CoreV1().RESTClient().Post().Namespace("workshop").Resource("configmaps").
		Body(configMap("a", nil)).MaxRetries(0).Do(ctx).Error()
	if err == nil {
		t.Error("the answer arrived")
	}
	must(t)(w.typed.CoreV1().ConfigMaps("workshop").Get(ctx, "a", metav1.GetOptions{}))
}

func TestLatencyDelaysTheAnswer(t *testing.T) {
	w := newWorld(t)
	seedMaps(t, w, 1)
	w.server.InjectFault(faults.Fault{Verb: "get", Latency: 50 * time.Millisecond, Times: 1})
	start := time.Now()
	if err := tryGet(context5(t), w); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 50*time.Millisecond {
		t.Errorf("answered after %v, want 50ms or more", took)
	}
}
