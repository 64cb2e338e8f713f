package say_test

import (
	"encoding/json"
	"testing"

	"podsg/steps/say"
)

func TestASentenceIsRenderedWithItsParts(t *testing.T) {
	t.Parallel()
	pods := func(n int) say.Text { return say.N(n, "%d pod", "%d pods") }
	for _, x := range []struct {
		text            say.Text
		english, pseudo string
	}{
		{say.T("port %d is closed", 5432), "port 5432 is closed", "pórt 5432 ís çlóséd · ·"},
		{pods(1), "1 pod", "1 pód ·"},
		{pods(0), "0 pods", "0 póds ·"},
		{say.T("%s of node %q wait", pods(2), "a"), `2 pods of node "a" wait`, `2 póds · óf ñódé "a" wáít · ·`},
		{say.N(1, "%d of %s does not", "%d of %s do not", pods(3)), "1 of 3 pods does not", "1 óf 3 póds · dóés ñót · ·"},
		{say.T("100%% sure"), "100% sure", "100% súré ·"},
	} {
		if got := say.English.Render(x.text); got != x.english || x.text.String() != x.english {
			t.Errorf("English: %q and %q, want %q", got, x.text, x.english)
		}
		if got := say.Pseudo.Render(x.text); got != x.pseudo {
			t.Errorf("pseudo-locale: %q, want %q", got, x.pseudo)
		}
	}
}

func TestProgramsReadEnglish(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(say.N(2, "%d node", "%d nodes"))
	if err != nil || string(data) != `"2 nodes"` {
		t.Fatalf("%s, %v", data, err)
	}
	var back say.Text
	if err := json.Unmarshal(data, &back); err != nil || back.String() != "2 nodes" {
		t.Errorf("%q, %v", back, err)
	}
}
