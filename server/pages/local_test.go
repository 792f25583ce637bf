package pages

import (
	"net/url"
	"testing"
)

func TestLocalStaysHere(t *testing.T) {
	for path, want := range map[string]string{
		"/": "/", "/profile?x=1": "/profile?x=1", "": "/", "profile": "/", "//example.org": "/", "/\\example.org": "/",
		"https://example.org/": "/", "javascript:alert(1)": "/", "/\texample.org": "/", "/%2f/example.org": "/%2f/example.org",
	} {
		if got := local(path); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
}

// Whatever comes in as a way to go on, it leads to no other host.
func FuzzLocal(f *testing.F) {
	for _, seed := range []string{"/", "//a", "/\\a", "https://a", "/a?b#c", "\x00", "/ä", "/;//a", "/.//a"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://codes.example.org/")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		to, err := base.Parse(local(path))
		if err != nil || to.Host != base.Host || to.Scheme != base.Scheme {
			t.Errorf("%q leads to %v, %v", path, to, err)
		}
	})
}
