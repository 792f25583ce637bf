package migrate

// format is how one program's file is recognised and read.
type format struct {
	name   Format
	text   string // key of what people call it
	detect func(*sample) likeness
	read   func(*job) error
}

// likeness says how sure a format is of a content.
type likeness int

const (
	no      likeness = iota
	perhaps          // nothing in the content speaks against it
	likely           // the same, and the name speaks for it
	certain          // the content says so
)

// when is certain or not.
func when(sure bool) likeness {
	if sure {
		return certain
	}
	return no
}

// formats lists all that can be read. The order is that of asking; only formats
// that cannot tell themselves apart depend on it.
func formats() []format {
	return []format{
		google(),
		addresses(),
		aegis(),
		twofas(),
		bitwarden(),
		bitwardenAuthenticator(),
		ente(),
		andotp(),
		freeotp(),
		freeotpPlus(),
		lastpass(),
		raivo(),
		otpclient(),
		keepassxcTable(),
		onepassword(),
		kdbx(),
		microsoft(),
		authy(),
		stratum(),
		proton(),
		protonpass(),
		duo(),
		steam(),
		totpauth(),
		authplus(),
		winauth(),
		page(),
	}
}

// Formats gives the names of all that can be read.
func Formats() []Format {
	all := formats()
	names := make([]Format, len(all))
	for i, f := range all {
		names[i] = f.name
	}
	return names
}

// Text is the key of what people call the format; empty for one that is not
// known.
func (f Format) Text() string {
	for _, known := range formats() {
		if known.name == f {
			return known.text
		}
	}
	return ""
}
