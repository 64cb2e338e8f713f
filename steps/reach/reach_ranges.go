package reach

import (
	"net/netip"
	"slices"
)

// rangesHold reports whether the ranges of a rule hold an endpoint. That of
// every address, 0.0.0.0/0 or ::/0, is decided without knowing any: it holds
// whoever speaks its version of IP, which is 4 unless an address says otherwise.
func (q reachQuery) rangesHold(ranges []string, e Endpoint) (hit, known bool) {
	var rule []netip.Prefix
	for _, text := range ranges {
		if p, err := netip.ParsePrefix(text); err == nil {
			rule = append(rule, p.Masked())
		}
	}
	holds := func(text string, overlap bool) (hit, known bool) {
		known = true
		addr, ok := ParseRange(text)
		if !ok {
			return false, false
		}
		for _, p := range rule {
			switch {
			case !p.Overlaps(addr):
			case overlap || p.Bits() <= addr.Bits():
				return true, true
			default:
				known = false
			}
		}
		return false, known
	}
	for _, a := range e.Addresses {
		if p, ok := ParseRange(a); !ok || p.Addr().Is6() != q.ipv6 {
			continue // the connection is of the other version of IP
		}
		if hit, _ := holds(a, true); hit {
			return true, true
		}
	}
	if e.IP != "" {
		return holds(e.IP, false)
	}
	if len(e.Addresses) > 0 {
		return false, true
	}
	if slices.ContainsFunc(rule, func(p netip.Prefix) bool { return p.Bits() == 0 && p.Addr().Is6() == q.ipv6 }) {
		return true, true
	}
	possible := slices.DeleteFunc(slices.Clone(e.Ranges), func(r string) bool {
		p, ok := ParseRange(r)
		return !ok || p.Addr().Is6() != q.ipv6
	})
	if len(possible) == 0 {
		// Any address of that version may be its own.
		return false, !slices.ContainsFunc(rule, func(p netip.Prefix) bool { return p.Addr().Is6() == q.ipv6 })
	}
	held, apart := 0, 0
	for _, r := range possible {
		switch hit, sure := holds(r, false); {
		case hit:
			held++
		case sure:
			apart++
		}
	}
	return held == len(possible), held == len(possible) || apart == len(possible)
}

// ParseRange reads a range, or an address as the range of it alone.
func ParseRange(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), true
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	addr = addr.Unmap()
	return netip.PrefixFrom(addr, addr.BitLen()), true
}
