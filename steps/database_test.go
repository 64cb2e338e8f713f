package steps

import "testing"

func TestADatabaseIsUsableWhileRDSDoesWhatKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]bool{
		"available": true, "backing-up": true, "storage-optimization": true, "storage-initialization": true,
		"creating": false, "modifying": false, "storage-config-upgrade": false, "storage-full": false, "stopped": false, "": false,
	} {
		if DatabaseUsable(status) != want {
			t.Errorf("usable while %q: %t, want %t", status, !want, want)
		}
	}
}
