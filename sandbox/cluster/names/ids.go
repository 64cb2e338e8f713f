package names

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// Hex makes an identifier of n hexadecimal digits from a text.
func Hex(text string, n int) string {
	var out strings.Builder
	for i := 0; out.Len() < n; i++ {
		h := fnv.New64a()
		fmt.Fprintf(h, "%d %s", i, text)
		fmt.Fprintf(&out, "%016x", h.Sum64())
	}
	return out.String()[:n]
}

// UUID makes a UUID from a text.
func UUID(text string) string {
	h := Hex(text, 32)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
