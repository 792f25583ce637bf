package server

import (
	"log/slog"
	"testing"

	"golang.org/x/crypto/acme"
)

func TestAuthority(t *testing.T) {
	s := DefaultSettings()
	s.TLS, s.Data, s.URL = TLSACME, t.TempDir(), "https://codes.example.org"
	s.ACME.Directory, s.ACME.Email = "https://ca.example.org/directory", "it@example.org"
	manager, err := s.authority()
	if err != nil {
		t.Fatal(err)
	}
	if manager.HostPolicy(t.Context(), "codes.example.org") != nil || manager.HostPolicy(t.Context(), "other.example.org") == nil {
		t.Error("certificates are asked for other names than the server's")
	}
	if manager.Client.DirectoryURL != s.ACME.Directory || manager.Email != s.ACME.Email || manager.ExternalAccountBinding != nil {
		t.Errorf("the authority is asked with %+v", manager)
	}
	s.ACME.AccountID = "kid-1"
	if _, err := s.authority(); err == nil {
		t.Error("an account without its key is taken")
	}
	for _, spelled := range []string{"aHVudGVyMg", "aHVudGVyMg==\n"} {
		s.ACME.AccountKey.Value = []byte(spelled)
		if manager, err = s.authority(); err != nil || string(manager.ExternalAccountBinding.Key) != "hunter2" {
			t.Errorf("%q: %v", spelled, err)
		}
	}
	config, fingerprint, err := s.secure(s.URL, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil || fingerprint != "" || config.NextProtos[len(config.NextProtos)-1] != acme.ALPNProto {
		t.Errorf("the listener has %v, %q, %v", config, fingerprint, err)
	}
}
