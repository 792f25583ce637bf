package message

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Mode is how the conversation with the mail server is secured.
type Mode string

// The modes.
const (
	StartTLS Mode = "smtp"       // in clear until the server has shown its certificate (RFC 3207)
	TLS      Mode = "smtps"      // from the beginning (RFC 8314)
	Plain    Mode = "smtp+plain" // never
)

// Server is where mail is handed over.
type Server struct {
	Mode Mode
	Host string
	Port int
	User string // empty: nobody signs in there
}

// ErrServer says that an address is not one of a mail server.
var ErrServer = errors.New("a mail server is smtp://USER@HOST:587 or smtps://USER@HOST:465, without the password")

// ParseServer reads smtp://USER@HOST:PORT or smtps://USER@HOST:PORT. USER and
// PORT may be left out; the ports are then 587 and 465. The password comes
// otherwise. Towards this machine itself smtp:// is in clear; towards others
// only smtp+plain:// is, with port 25.
func ParseServer(address string) (Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return Server{}, ErrServer // the cause would quote a password
	}
	if _, has := u.User.Password(); has {
		return Server{}, ErrServer
	}
	s := Server{Mode: Mode(u.Scheme), Host: u.Hostname(), User: u.User.Username()}
	switch s.Mode {
	case StartTLS:
		s.Port = 587
		if loopback(s.Host) {
			s.Mode = Plain
		}
	case TLS:
		s.Port = 465
	case Plain:
		s.Port = 25
	default:
		return Server{}, ErrServer
	}
	if port := u.Port(); port != "" {
		s.Port, err = strconv.Atoi(port)
		if err != nil || s.Port < 1 || s.Port > 65535 {
			return Server{}, ErrServer
		}
	}
	return s, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
