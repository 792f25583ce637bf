package pages

import (
	"net/http"
	"time"

	"sleutelbos/enroll"
)

// The cookies, by what stands behind the environment in their names.
const (
	cookieSession  = "session"
	cookieDevice   = "device"
	cookieLanguage = "language"
	cookieFlash    = "flash"
	cookieSeen     = "seen" // tells whether the browser keeps cookies
)

// cookieName holds the environment, so that two servers of one organisation on
// one host never take each other's. The prefix makes browsers see to it that
// the cookie came from this host, over TLS, for all paths; without TLS, which is
// for the loopback only, they would refuse it.
func (v *visit) cookieName(of string) string {
	environment := v.organisation.Environment
	if environment == "" {
		environment = enroll.Production
	}
	name := "sleutelbos-" + string(environment) + "-" + of
	if v.door.secure {
		return "__Host-" + name
	}
	return name
}

// cookie is the value of a cookie, empty when it did not come.
func (v *visit) cookie(of string) string {
	c, err := v.r.Cookie(v.cookieName(of))
	if err != nil {
		return ""
	}
	return c.Value
}

// remember sets a cookie; without an age it ends with the browser.
func (v *visit) remember(of, value string, age time.Duration) {
	v.setCookie(of, value, int(age/time.Second))
}

// forget removes a cookie.
func (v *visit) forget(of string) { v.setCookie(of, "", -1) }

func (v *visit) setCookie(of, value string, age int) {
	c := &http.Cookie{
		Name: v.cookieName(of), Value: value, Path: "/", MaxAge: age,
		Secure: v.door.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	v.w.header.Add("Set-Cookie", c.String())
}
