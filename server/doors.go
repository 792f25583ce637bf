package server

import (
	"log/slog"
	"net/http"
	"strings"

	"sleutelbos/server/api"
	"sleutelbos/server/knock"
	"sleutelbos/server/pages"
)

// doors are all that is behind the listener: the interface for applications and
// the app, and the pages for people.
func (s *Settings) doors(opened *desk, public string, around Surroundings, log *slog.Logger) (http.Handler, error) {
	networks, err := s.proxies()
	if err != nil {
		return nil, err
	}
	proxies := knock.Proxies{Networks: networks, Forwarded: s.ProxyHeader == HeaderForwarded}
	programs, err := api.New(api.Options{
		Desk: opened.Desk, Ready: opened.store.Ping, Now: around.Now, Random: around.Random, Log: log,
		URL: public, TrustedProxies: proxies, PerMinute: s.AddressLimit, Burst: s.AddressLimit,
	})
	if err != nil {
		return nil, err
	}
	// A whole office signs in from one address between half past eight and nine;
	// what it may guess is bounded for each name.
	const office = 10
	people, err := pages.New(pages.Options{
		Desk: opened.Desk, Now: around.Now, Random: around.Random, Log: log,
		URL: public, TrustedProxies: proxies, PerMinute: office * s.AddressLimit, Shipped: shipped,
	})
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if forPrograms(r.URL.Path) {
			programs.ServeHTTP(w, r)
			return
		}
		people.ServeHTTP(w, r)
	}), nil
}

// forPrograms tells which paths a program asks for; a person at a browser sees
// pages at all others.
func forPrograms(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/") || path == api.PathHealth || path == api.PathReady
}
