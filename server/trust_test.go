package server_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"

	"sleutelbos/enroll"
)

// trust is a TLS configuration that takes the one key with this fingerprint.
func trust(url, fingerprint string) (*tls.Config, error) {
	if _, err := enroll.ParseServer(url); err != nil {
		return nil, err
	}
	return &tls.Config{
		InsecureSkipVerify: true, // the fingerprint decides
		VerifyConnection: func(state tls.ConnectionState) error {
			if got := enroll.Fingerprint(state.PeerCertificates[0]); got != fingerprint {
				return fmt.Errorf("the server shows %s, its ready line said %s", got, fingerprint)
			}
			return nil
		},
	}, nil
}

// skipBlank reads a connection from the status line on: an empty line is left
// of the interim answer that was read before.
func skipBlank(conn net.Conn) io.Reader {
	var one [1]byte
	for {
		n, err := conn.Read(one[:])
		if err != nil || n == 1 && one[0] == 'H' {
			return io.MultiReader(bytes.NewReader(one[:n]), conn)
		}
	}
}
