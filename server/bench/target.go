package main

import (
	"fmt"
	"net/url"
	"strings"
)

// target is a server and how it is asked.
type target struct {
	name    string
	url     string
	method  string
	headers []string
	body    string
	accepts string
	process int // 0: not ours to look at
	stock   *stock
}

// parseTarget reads name=…,url=…,accepts=….
func parseTarget(text string) (target, error) {
	t := target{method: "POST"}
	separator := ","
	if strings.Contains(text, ";;") {
		separator = ";;"
	}
	for _, field := range strings.Split(text, separator) {
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			return t, fmt.Errorf("%q is no name=value", field)
		}
		switch name {
		case "name":
			t.name = value
		case "url":
			t.url = value
		case "method":
			t.method = value
		case "header":
			t.headers = append(t.headers, value)
		case "body":
			t.body = value
		case "accepts":
			t.accepts = value
		default:
			return t, fmt.Errorf("a target has no %q", name)
		}
	}
	if u, err := url.Parse(t.url); err != nil || u.Scheme != "http" || t.name == "" || t.accepts == "" {
		return t, fmt.Errorf("a target needs name, accepts and url, http://HOST:PORT/…, not %q", text)
	}
	return t, nil
}

func (t *target) host() string {
	u, _ := url.Parse(t.url) // parsed before
	return u.Host
}

// request is the bytes of one request.
func (t *target) request(f fresh) []byte {
	fill := strings.NewReplacer("{user}", f.user, "{code}", f.code)
	u, _ := url.Parse(t.url)
	path, body := fill.Replace(u.RequestURI()), fill.Replace(t.body)
	if path == u.RequestURI() && strings.Contains(t.url, "{") {
		path = fill.Replace(strings.TrimPrefix(t.url, "http://"+u.Host))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", t.method, path, u.Host)
	for _, header := range t.headers {
		b.WriteString(header + "\r\n")
	}
	fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(b.String())
}
