package knock

import (
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the proxies that are believed about who asked.
type Proxies struct {
	Networks []netip.Prefix
	// Forwarded says that they tell it in Forwarded (RFC 7239); else it is
	// X-Forwarded-For. Only one of the two counts: a proxy passes on the other as
	// the client wrote it.
	Forwarded bool
}

// Address is who asked: the client, also behind proxies; the zero address when
// that cannot be told. What proxies say counts only when the connection comes
// from a trusted one, and is read from the right: each trusted proxy
// added the address it saw, so the first one that is no proxy is the client.
// What stands further left can be anything that the client made up.
func Address(r *http.Request, proxies Proxies) netip.Addr {
	from := parseAddress(r.RemoteAddr)
	if !proxies.trust(from) {
		return from
	}
	hops := proxies.hops(r.Header)
	for i := len(hops) - 1; i >= 0; i-- {
		hop := parseAddress(hops[i])
		if !hop.IsValid() {
			break
		}
		from = hop
		if !proxies.trust(hop) {
			break
		}
	}
	return from
}

// hops are whom the proxies saw, the nearest last; what is no address stands for
// a hop that is not known.
func (p Proxies) hops(header http.Header) []string {
	if p.Forwarded {
		var all []string
		for _, line := range header.Values("Forwarded") {
			hops, ok := forwardedFor(line)
			if !ok {
				hops = []string{""}
			}
			for _, hop := range hops {
				all = append(all, node(hop))
			}
		}
		return all
	}
	all := strings.Join(header.Values("X-Forwarded-For"), ",")
	if len(all) > maxForwarded {
		// What is further left counts least; the cut may be within an address.
		_, all, _ = strings.Cut(all[len(all)-maxForwarded:], ",")
	}
	hops := strings.Split(all, ",")
	for i := range hops {
		hops[i] = strings.TrimSpace(hops[i])
	}
	return hops
}

func (p Proxies) trust(address netip.Addr) bool {
	for _, proxy := range p.Networks {
		if proxy.Contains(address) {
			return true
		}
	}
	return false
}

// parseAddress reads an address with or without a port; the zero address when
// it is none.
func parseAddress(text string) netip.Addr {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().Unmap().WithZone("")
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap().WithZone("")
}
