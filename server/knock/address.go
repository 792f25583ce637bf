package knock

import (
	"net/http"
	"net/netip"
	"strings"
)

// Address is who asked: the client, also behind proxies; the zero address when
// that cannot be told. X-Forwarded-For counts only when the connection
// comes from a trusted proxy, and is read from the right: each trusted proxy
// added the address it saw, so the first one that is no proxy is the client.
// What stands further left can be anything that the client made up.
func Address(r *http.Request, proxies []netip.Prefix) netip.Addr {
	from := parseAddress(r.RemoteAddr)
	if !trusted(proxies, from) {
		return from
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := parseAddress(strings.TrimSpace(hops[i]))
		if !hop.IsValid() {
			break
		}
		from = hop
		if !trusted(proxies, hop) {
			break
		}
	}
	return from
}

func trusted(proxies []netip.Prefix, address netip.Addr) bool {
	for _, proxy := range proxies {
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
