package widget

import (
	"strings"

	"podsg/ui/theme"
)

// Bar draws a progress bar of a width for a share between 0 and 1. The number
// in words belongs beside it.
func Bar(t *theme.Theme, share float64, width int) string {
	if width <= 0 {
		return ""
	}
	share = min(max(share, 0), 1)
	full := int(share*float64(width) + 0.5)
	if share < 1 && full == width {
		full = width - 1
	}
	return t.Paint(theme.Accent, strings.Repeat("━", full)) + t.Paint(theme.Rule, strings.Repeat("─", width-full))
}
