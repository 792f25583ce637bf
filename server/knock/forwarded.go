package knock

import "strings"

// Bounds of what proxies say. Whatever is longer is taken for nonsense.
const (
	maxForwarded = 4096 // bytes of one line
	maxHops      = 64   // addresses of one request
)

// forwardedFor reads one line of a Forwarded header (RFC 7239 §4): the "for" of
// each proxy, in their order, "" where one does not say it. ok is false when the
// line is not well formed; then nothing in it counts, because a client may have
// begun it.
func forwardedFor(line string) (hops []string, ok bool) {
	if len(line) > maxForwarded {
		return nil, false
	}
	for rest := line; ; {
		if rest = strings.TrimLeft(rest, ", \t"); rest == "" {
			return hops, true
		}
		var hop string
		if hop, rest, ok = forwardedElement(rest); !ok || len(hops) == maxHops {
			return nil, false
		}
		hops = append(hops, hop)
	}
}

// forwardedElement reads what one proxy says, up to the next comma or the end.
func forwardedElement(text string) (hop, rest string, ok bool) {
	for said := false; ; {
		text = strings.TrimLeft(text, " \t")
		switch {
		case text == "" || text[0] == ',':
			return hop, text, true
		case text[0] == ';':
			text = text[1:]
			continue
		}
		name, after := token(text)
		var value string
		if value, text, ok = forwardedValue(after); name == "" || !ok {
			return "", "", false
		}
		if strings.EqualFold(name, "for") {
			if said { // each may be said once (RFC 7239 §4)
				return "", "", false
			}
			hop, said = value, true
		}
		if text = strings.TrimLeft(text, " \t"); text != "" && text[0] != ';' && text[0] != ',' {
			return "", "", false
		}
	}
}

// forwardedValue reads the value after a name: a token, or a quoted text.
func forwardedValue(text string) (value, rest string, ok bool) {
	if text == "" || text[0] != '=' {
		return "", "", false
	}
	if text = text[1:]; text == "" || text[0] != '"' {
		value, rest = token(text)
		return value, rest, value != ""
	}
	var plain strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return plain.String(), text[i+1:], true
		case c == '\\' && i+1 < len(text):
			i++
			plain.WriteByte(text[i])
		case c < ' ' && c != '\t' || c == 0x7f:
			return "", "", false
		default:
			plain.WriteByte(c)
		}
	}
	return "", "", false
}

// token is what a text begins with that needs no quotes (RFC 9110 §5.6.2).
func token(text string) (found, rest string) {
	end := strings.IndexFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}

// node takes the port from the name of a hop (RFC 7239 §6): an address in
// brackets or not, which may be obfuscated or unknown and then is no address.
func node(text string) string {
	if strings.HasPrefix(text, "[") {
		if end := strings.IndexByte(text, ']'); end > 0 && isPort(text[end+1:]) {
			return text[1:end]
		}
		return ""
	}
	name, port, both := strings.Cut(text, ":")
	if both && !isPort(":"+port) || strings.Contains(port, ":") {
		return ""
	}
	return name
}

// isPort tells whether a text is ":" and a port, which may be obfuscated, or
// nothing.
func isPort(text string) bool {
	if text == "" {
		return true
	}
	port := strings.TrimPrefix(text, ":")
	if port == text || port == "" {
		return false
	}
	if port[0] == '_' {
		return strings.Trim(port[1:], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
	}
	return len(port) <= 5 && strings.Trim(port, "0123456789") == ""
}
