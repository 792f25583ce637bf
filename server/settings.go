package server

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"sleutelbos/enroll"
)

// In which header proxies say who asked.
const (
	HeaderXForwardedFor = "x-forwarded-for"
	HeaderForwarded     = "forwarded" // RFC 7239
)

// How connections are secured.
const (
	TLSOwn   = "own"   // a certificate that the server makes; the app pins its key
	TLSOff   = "off"   // none: on loopback, or behind a proxy that ends TLS
	TLSACME  = "acme"  // certificates of a public authority (RFC 8555)
	TLSFiles = "files" // the administrator's own certificate
)

// Settings is all that can be set about a server. Folder says where the data
// is; the rest has defaults, see [DefaultSettings].
type Settings struct {
	Folder
	Listen string // host and port

	TLS             string
	TLSCert, TLSKey string // PEM files, for TLSFiles
	ACME            ACME

	URL            string   // public address; empty: made from Listen
	TrustedProxies []string // networks or addresses
	ProxyHeader    string   // in which they say who asked
	Environment    string   // empty: as recorded, production at the first start
	Organisation   string   // its name at the first start; empty: the host of URL

	AddressLimit     int     // requests a minute and address at open doors; 0: none
	ApplicationLimit float64 // verifications a second and application; 0: none
	StopTimeout      time.Duration

	AuditHeads      string        // file to append signed heads of the audit log to; empty: none
	AuditHeadsEvery time.Duration // how often, and at the stop

	Mail MailSettings

	MetricsListen string // host and port for Prometheus; empty: nowhere

	LogFormat string // text, json
	LogLevel  string // debug, info, warn, error
}

// ACME is how certificates are asked for (RFC 8555), by the TLS-ALPN-01
// challenge (RFC 8737): the authority must reach the server at port 443.
type ACME struct {
	Domains     []string // empty: the host of the public address
	Email       string
	Directory   string // empty: Let's Encrypt
	AcceptTerms bool
	AccountID   string // external account binding (RFC 8555 §7.3.4)
	AccountKey  Secret
}

// DefaultSettings are the settings of a server that nobody set anything for.
func DefaultSettings() Settings {
	return Settings{
		Listen: "127.0.0.1:8443", TLS: TLSOwn, ProxyHeader: HeaderXForwardedFor,
		AddressLimit: 60, StopTimeout: 30 * time.Second, AuditHeadsEvery: time.Minute,
		LogFormat: "text", LogLevel: "info",
	}
}

// bind makes every setting a flag. The environment variable of a flag is its
// name in capitals after SLEUTELBOS_, see readEnvironment.
func (s *Settings) bind(f *pflag.FlagSet) {
	s.Folder.bind(f)
	f.StringVar(&s.Listen, "listen", s.Listen, "`HOST:PORT` to listen on; port 0 takes a free one")
	f.StringVar(&s.TLS, "tls", s.TLS, "`MODE`: own (a certificate of its own, which the app pins), off (loopback, or behind a proxy), acme or files")
	f.StringVar(&s.TLSCert, "tls-cert", s.TLSCert, "`FILE` with the certificate and its chain, PEM; for --tls files; read again when it changes")
	f.StringVar(&s.TLSKey, "tls-key", s.TLSKey, "`FILE` with the certificate's key, PEM; for --tls files")
	f.StringSliceVar(&s.ACME.Domains, "acme-domains", nil, "`NAMES` to get certificates for (default the host of --url)")
	f.StringVar(&s.ACME.Email, "acme-email", "", "`ADDRESS` that the authority may write to")
	f.StringVar(&s.ACME.Directory, "acme-directory", "", "`URL` of the authority's directory (default Let's Encrypt)")
	f.BoolVar(&s.ACME.AcceptTerms, "acme-accept-terms", false, "accept the authority's terms of service")
	f.StringVar(&s.ACME.AccountID, "acme-account-id", "", "`ID` of the account at the authority, where it binds one")
	s.ACME.AccountKey.bind(f, "acme-account-key", "key of that account, base64url")
	f.StringVar(&s.URL, "url", s.URL, "public `ADDRESS` of the server, https://… (default made from --listen)")
	f.StringSliceVar(&s.TrustedProxies, "trusted-proxies", nil, "`NETWORKS` of the proxies that are believed about who asks, as 10.0.0.0/8")
	f.StringVar(&s.ProxyHeader, "proxy-header", s.ProxyHeader, "`HEADER` in which those proxies say it: x-forwarded-for, or forwarded (RFC 7239); the other never counts")
	f.StringVar(&s.Environment, "environment", s.Environment, "`NAME`: production or demo (default what it was, production at the first start)")
	f.StringVar(&s.Organisation, "organisation", s.Organisation, "`NAME` of the organisation at the first start (default the host of --url); later: admin organisation set")
	f.IntVar(&s.AddressLimit, "address-limit", s.AddressLimit, "`NUMBER` of requests a minute for each address, at doors that need no key; ten times as many forms of the pages; 0 for no limit")
	f.Float64Var(&s.ApplicationLimit, "application-limit", s.ApplicationLimit, "`NUMBER` of verifications a second for each application (default 0: no limit)")
	f.DurationVar(&s.StopTimeout, "stop-timeout", s.StopTimeout, "`TIME` that a stop waits for requests that were accepted")
	f.StringVar(&s.AuditHeads, "audit-heads", s.AuditHeads, "`FILE` to append signed heads of the audit log to, best on another machine's disk (default none); see admin audit verify --head")
	f.DurationVar(&s.AuditHeadsEvery, "audit-heads-every", s.AuditHeadsEvery, "`TIME` between two heads; one more is written at the stop")
	s.Mail.bind(f)
	f.StringVar(&s.MetricsListen, "metrics-listen", s.MetricsListen, "`HOST:PORT` where Prometheus reads /metrics, without TLS or key (default nowhere); without a host on loopback only")
	f.StringVar(&s.LogFormat, "log-format", s.LogFormat, "`FORM` of the log on standard error: text or json")
	f.StringVar(&s.LogLevel, "log-level", s.LogLevel, "`LEVEL`: debug, info, warn or error")
}

// check looks at the settings together. What it finds is a *UsageError.
func (s *Settings) check() error {
	if err := s.Folder.check(); err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return usage("--listen takes HOST:PORT, such as 127.0.0.1:8443")
	}
	proxies, err := s.proxies()
	if err != nil {
		return err
	}
	if s.ProxyHeader = strings.ToLower(s.ProxyHeader); s.ProxyHeader != HeaderXForwardedFor && s.ProxyHeader != HeaderForwarded {
		return usage("--proxy-header takes x-forwarded-for or forwarded")
	}
	if s.URL != "" {
		if s.URL, err = enroll.ParseServer(s.URL); err != nil {
			return usage("--url: %w", err)
		}
	}
	switch enroll.Environment(s.Environment) {
	case "", enroll.Production, enroll.Demo:
	default:
		return usage("--environment takes production or demo")
	}
	if s.MetricsListen != "" {
		host, port, err := net.SplitHostPort(s.MetricsListen)
		if err != nil {
			return usage("--metrics-listen takes HOST:PORT, such as 127.0.0.1:9464")
		}
		s.MetricsListen = net.JoinHostPort(either(host, "127.0.0.1"), port)
	}
	if err := s.Mail.check(); err != nil {
		return err
	}
	if s.AuditHeadsEvery <= 0 {
		return usage("--audit-heads-every is more than 0")
	}
	if s.AddressLimit < 0 || s.ApplicationLimit < 0 || s.StopTimeout <= 0 {
		return usage("--address-limit and --application-limit are 0 or more, --stop-timeout is more than 0")
	}
	return s.checkTLS(host, len(proxies) > 0)
}

func (s *Settings) checkTLS(host string, behindProxy bool) error {
	files := s.TLSCert != "" && s.TLSKey != ""
	if s.Data == "" && (s.TLS == TLSOwn || s.TLS == TLSACME) {
		return usage("--tls %s keeps its certificate in a folder: give --data FOLDER too", s.TLS)
	}
	switch s.TLS {
	case TLSOwn:
	case TLSOff:
		if !isLoopback(host) && (!strings.HasPrefix(s.URL, "https://") || !behindProxy) {
			return usage("--tls off is for loopback, or behind a proxy that ends TLS: then name it by --trusted-proxies and give --url https://…")
		}
	case TLSFiles:
		if !files {
			return usage("--tls files needs --tls-cert and --tls-key")
		}
	case TLSACME:
		if len(s.acmeDomains()) == 0 {
			return usage("--tls acme needs --url or --acme-domains with the public name of the server")
		}
		if !s.ACME.AcceptTerms {
			return usage("--tls acme needs --acme-accept-terms, once you have read the authority's terms of service")
		}
	default:
		return usage("--tls takes own, off, acme or files")
	}
	if s.TLS != TLSFiles && (s.TLSCert != "" || s.TLSKey != "") {
		return usage("--tls-cert and --tls-key belong to --tls files")
	}
	return nil
}

func (s *Settings) acmeDomains() []string {
	if len(s.ACME.Domains) > 0 {
		return s.ACME.Domains
	}
	if u, err := url.Parse(s.URL); err == nil && u.Hostname() != "" && net.ParseIP(u.Hostname()) == nil {
		return []string{u.Hostname()}
	}
	return nil
}

// proxies reads --trusted-proxies: networks, or single addresses.
func (s *Settings) proxies() ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, text := range s.TrustedProxies {
		text = strings.TrimSpace(text)
		if address, err := netip.ParseAddr(text); err == nil {
			proxies = append(proxies, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, usage("--trusted-proxies takes networks such as 10.0.0.0/8, not %q", text)
		}
		proxies = append(proxies, network.Masked())
	}
	return proxies, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
