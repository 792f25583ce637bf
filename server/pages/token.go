package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"sleutelbos/server/identity"
)

// fieldToken is the hidden field that every form carries. It names this showing
// of the form and for whom it was made, sealed, so that
//
//   - a form that is sent twice is carried out once, and both times gets the
//     same answer;
//   - a form that was made for one person is not carried out as another who
//     signed in meanwhile in the same browser;
//   - what was typed finds back to the one who typed it when the session ended.
//
// It is no defence against other sites; that is [http.CrossOriginProtection].
const fieldToken = "form"

const tokenLife = 24 * time.Hour

type formToken struct {
	ID     string `json:"id"`
	Person string `json:"person,omitempty"`
}

func (v *visit) person() string {
	if v.session == nil {
		return ""
	}
	return v.session.Person.ID
}

func (v *visit) formToken() (string, error) {
	var raw [16]byte
	if _, err := io.ReadFull(v.door.random, raw[:]); err != nil {
		return "", fmt.Errorf("name a form: %w", err)
	}
	plain, err := json.Marshal(formToken{ID: hex.EncodeToString(raw[:]), Person: v.person()})
	if err != nil {
		return "", err
	}
	return v.door.desk.SealNote(identity.NoteForm, "", plain, v.door.now().Add(tokenLife))
}

func (v *visit) readToken() (formToken, bool) {
	var t formToken
	plain, err := v.door.desk.OpenNote(identity.NoteForm, "", v.r.PostForm.Get(fieldToken))
	if err != nil || json.Unmarshal(plain, &t) != nil {
		return t, false
	}
	return t, true
}

// once carries each form out once, in the memory of this process. What other
// servers on the database carried out it learns of whoever is signed in; see
// again.go. What strangers send is guarded by what it is about: a code and a link
// work once.
type once struct {
	mu      sync.Mutex
	answers map[string]*given
}

type given struct {
	done chan struct{}
	at   time.Time
	*answer
}

const (
	onceLife  = 10 * time.Minute
	onceMost  = 4096
	onceBytes = 64 << 10
)

func newOnce() *once { return &once{answers: map[string]*given{}} }

// do runs a form's work, unless the same form with the same content ran before:
// then it gives the same answer. What runs at this moment is waited for.
func (o *once) do(name string, now time.Time, run func() (*answer, bool)) *answer {
	o.mu.Lock()
	if before, ok := o.answers[name]; ok && now.Sub(before.at) < onceLife {
		o.mu.Unlock()
		<-before.done
		if before.answer != nil {
			return before.answer
		}
		result, _ := run()
		return result
	}
	o.clear(now)
	g := &given{done: make(chan struct{}), at: now}
	o.answers[name] = g
	o.mu.Unlock()
	keep := false
	defer func() {
		if !keep {
			o.mu.Lock()
			delete(o.answers, name)
			o.mu.Unlock()
		}
		close(g.done)
	}()
	result, done := run()
	g.answer = result
	keep = done && result.body.Len() <= onceBytes
	return result
}

// clear makes room.
func (o *once) clear(now time.Time) {
	if len(o.answers) < onceMost {
		return
	}
	maps.DeleteFunc(o.answers, func(_ string, g *given) bool { return now.Sub(g.at) >= onceLife })
	for name := range o.answers { // still full: any of them
		if len(o.answers) < onceMost {
			return
		}
		delete(o.answers, name)
	}
}

// post carries out a form.
func (v *visit) post(to route) error {
	if err := v.r.ParseForm(); err != nil {
		return errBadForm
	}
	if uploads(to.pattern) {
		if err := v.takeFile(); err != nil {
			return err
		}
	}
	if to.who == anyone && v.session == nil {
		if _, ok := v.door.limit.Allow(v.from, v.door.now()); !ok {
			return errTooOften
		}
	}
	token, ok := v.readToken()
	switch {
	case to.who != anyone && v.session == nil:
		return v.keep(token)
	case !ok:
		return v.resume(v.r.URL.Path, v.r.PostForm, "resume.stale")
	case to.who != anyone && token.Person != v.person():
		return errOtherPerson
	}
	name := v.formName(token)
	run := func() {
		done, err := v.admit(to.who)
		if err == nil && !done {
			err = to.handle(v)
		}
		if err != nil {
			v.explain(err)
		}
	}
	v.w = v.door.once.do(name, v.door.now(), func() (*answer, bool) {
		if v.session != nil && to.who != anyone {
			return v.carryOut(name, run)
		}
		run()
		v.leadBack() // somebody may have signed in
		return v.w, v.w.status < http.StatusBadRequest
	})
	return nil
}

// formName is a form and all that it sends, as one name.
func (v *visit) formName(token formToken) string {
	sum := sha256.New()
	for _, field := range slices.Sorted(maps.Keys(v.r.PostForm)) {
		fmt.Fprintf(sum, "%q=%q\n", field, v.r.PostForm[field])
	}
	return v.r.URL.Path + " " + token.ID + " " + token.Person + " " + hex.EncodeToString(sum.Sum(nil))
}
