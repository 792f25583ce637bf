package knock

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func forwarded(lines ...string) netip.Addr {
	r := &http.Request{RemoteAddr: "10.0.0.1:1234", Header: http.Header{
		"Forwarded": lines, "X-Forwarded-For": {"203.0.113.66"}, // which never counts here
	}}
	return Address(r, Proxies{Networks: networks(), Forwarded: true})
}

func TestForwarded(t *testing.T) {
	const proxy, client = "10.0.0.1", "198.51.100.1"
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"no header":            {nil, proxy},
		"one proxy":            {[]string{"for=198.51.100.1"}, client},
		"any case":             {[]string{"For=198.51.100.1;Proto=https;by=10.0.0.9"}, client},
		"quoted":               {[]string{`proto=https;for="198.51.100.1"`}, client},
		"with a port":          {[]string{`for="198.51.100.1:4711"`}, client},
		"an escaped character": {[]string{`for="198.51.100\.1"`}, client},
		"IPv6":                 {[]string{`for="[2001:db8:cafe::17]"`}, "2001:db8:cafe::17"},
		"IPv6 with a port":     {[]string{`for="[2001:db8:cafe::17]:4711"`}, "2001:db8:cafe::17"},
		"with a hidden port":   {[]string{`for="[2001:db8:cafe::17]:_gazonk"`}, "2001:db8:cafe::17"},
		"two proxies":          {[]string{"for=203.0.113.9, for=198.51.100.1;by=10.0.0.2, for=10.0.0.2"}, client},
		"several lines":        {[]string{"for=203.0.113.9", "for=198.51.100.1"}, client},
		"blanks and nothing":   {[]string{"  for=198.51.100.1 ;; by=10.0.0.9 ; , ,"}, client},
		"a comma in quotes":    {[]string{`for=203.0.113.9;by="a, for=203.0.113.8", for=198.51.100.1`}, client},
		"only proxies":         {[]string{"for=10.0.0.3"}, "10.0.0.3"},

		"what the client began badly":   {[]string{`for="203.0.113.9`, "for=198.51.100.1"}, client},
		"in the same line":              {[]string{`for=203.0.113.9;by=", for=198.51.100.1`}, proxy},
		"closed by what a proxy added":  {[]string{`for=203.0.113.9;by=", for="[2001:db8::1]"`}, proxy},
		"hidden":                        {[]string{"for=203.0.113.9, for=_hidden"}, proxy},
		"unknown":                       {[]string{"for=203.0.113.9, for=unknown"}, proxy},
		"a proxy that does not say":     {[]string{"for=203.0.113.9, by=10.0.0.9"}, proxy},
		"said twice":                    {[]string{"for=203.0.113.9;for=198.51.100.1"}, proxy},
		"IPv6 without brackets":         {[]string{`for="2001:db8::1"`}, proxy},
		"brackets that do not close":    {[]string{`for="[2001:db8::1"`}, proxy},
		"a port that is none":           {[]string{`for="198.51.100.1:port"`}, proxy},
		"no value":                      {[]string{"for=, for="}, proxy},
		"no name":                       {[]string{"=198.51.100.1"}, proxy},
		"the other header's way":        {[]string{"198.51.100.1"}, proxy},
		"too long":                      {[]string{"for=198.51.100.1;by=" + strings.Repeat("a", maxForwarded)}, proxy},
		"too many":                      {[]string{strings.Repeat("for=203.0.113.9,", maxHops) + "for=198.51.100.1"}, proxy},
		"a line end within":             {[]string{"for=\"198.51.100.1\n\""}, proxy},
		"an address with a zone":        {[]string{`for="[fe80::1%25eth0]"`}, "fe80::1"},
		"a name":                        {[]string{"for=client.example.org"}, proxy},
		"a quote in the middle":         {[]string{`for=198.51"100.1"`}, proxy},
		"an escape at the end":          {[]string{`for="198.51.100.1\`}, proxy},
		"a quoted one without its end ": {[]string{`for="198.51.100.1`}, proxy},
	} {
		if got := forwarded(c.lines...); got.String() != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Of two headers the one counts that the proxies write.
func TestTheOtherHeaderNeverCounts(t *testing.T) {
	r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"Forwarded": {"for=203.0.113.9"}, "X-Forwarded-For": {"198.51.100.1"}}}
	if got := Address(r, Proxies{Networks: networks()}); got.String() != "198.51.100.1" {
		t.Errorf("by X-Forwarded-For it is %s", got)
	}
	r.RemoteAddr = "192.0.2.7:1"
	if got := Address(r, Proxies{Networks: networks(), Forwarded: true}); got.String() != "192.0.2.7" {
		t.Errorf("a stranger's header makes it %s", got)
	}
	r = &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"X-Forwarded-For": {strings.Repeat("203.0.113.9,", 1000) + " 10.0.0.2"}}}
	if got := Address(r, Proxies{Networks: networks()}); got.String() != "203.0.113.9" {
		t.Errorf("of a long header it is %s", got)
	}
}

// Whatever a client began, what a proxy adds is whom it saw, or nobody is
// believed.
func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{
		"", "for=203.0.113.9", `for="[2001:db8:cafe::17]:4711"`, `for=203.0.113.9;by="`, `for="_gazonk"`, "for=unknown, for=10.0.0.2;proto=http",
		`for="a\"b", by=c`, ";;,,", "for=10.0.0.1;for=10.0.0.2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, began string) {
		const proxy = "10.0.0.1"
		for added, saw := range map[string]string{
			"for=198.51.100.7": "198.51.100.7", `for="[2001:db8::7]:1";proto=https`: "2001:db8::7", `proto=https;FOR="198.51.100.7"`: "198.51.100.7",
		} {
			if got := forwarded(began, added).String(); got != saw {
				t.Errorf("%q before another line %q makes it %s", began, added, got)
			}
			if got := forwarded(began + ", " + added).String(); got != saw && got != proxy {
				t.Errorf("%q before %q makes it %s", began, added, got)
			}
		}
		if got := forwarded(began); !got.IsValid() {
			t.Errorf("%q makes it nobody", began)
		}
	})
}
