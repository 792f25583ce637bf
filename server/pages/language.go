package pages

import "time"

const languageAge = 365 * 24 * time.Hour

func (d *door) languageRoutes() []route {
	return []route{{"POST /language", anyone, chooseLanguage}}
}

// chooseLanguage keeps a choice in this browser, where it counts above all else.
func chooseLanguage(v *visit) error {
	chosen := v.r.PostForm.Get("language")
	if _, ok := v.door.words[chosen]; !ok {
		return errBadForm
	}
	v.remember(cookieLanguage, chosen, languageAge)
	return v.redirect(local(v.r.PostForm.Get("back")))
}
