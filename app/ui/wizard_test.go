package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"sleutelbos/app/linking"
	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// toCode walks from the letter to step 4.
func (b *bench) toCode(letter string) {
	b.t.Helper()
	b.open(letter)
	b.wantTitle(b.words.Say("recovery.title"))
	b.agree()
	b.step(1)
	b.press("link.server.yes")
	b.step(2)
	b.press("do.next")
	b.step(3)
	b.agree()
	b.step(3)
	b.agree()
	b.step(4)
}

func (b *bench) step(n int) {
	b.t.Helper()
	want := b.words.Say("link.step", "step", n)
	if !strings.HasPrefix(b.title(), want) {
		b.t.Fatalf("the screen is %q, want %q; it says:\n%s", b.title(), want, b.text())
	}
}

func TestWizardFromLetterToCode(t *testing.T) {
	for _, language := range []string{"nl", "en"} {
		t.Run(language, func(t *testing.T) {
			server := startCompanion(t, time.Now)
			letter, code := server.person("jvries")
			b := newBench(t, language)
			b.toCode(letter)
			b.says(b.words.Say("link.code.warning"))
			if field, ok := b.shell().window.Canvas().Focused().(*field); !ok || field.Text != "" {
				t.Fatal("the focus is not in the empty field of the code")
			}
			b.write(strings.ToLower(strings.ReplaceAll(code, "-", " ")))
			b.says(b.words.Say("link.code.complete"))
			b.key(fyne.KeyReturn)
			b.step(5)
			b.says("Zorggroep De Linde")
			b.key(fyne.KeyReturn) // the page for a password, in the browser
			b.step(5)
			b.key(fyne.KeyReturn)
			b.wantTitle(b.words.Say("codes.title"))

			// The code that made the link is used up: the list says so, and does not
			// copy it; the next one it does.
			entry := b.shell().vault.List()[0]
			b.key(fyne.KeyReturn)
			if got := b.app.Clipboard().Content(); got != "" {
				t.Errorf("a used code was copied: %q", got)
			}
			b.now = b.now.Add(30 * time.Second)
			b.key(fyne.KeyReturn)
			want, err := b.shell().vault.Peek(entry.ID, b.now)
			if got := b.app.Clipboard().Content(); err != nil || got != want.Text {
				t.Errorf("copied %q, want %q, %v", got, want.Text, err)
			}
			if _, err := os.Stat(filepath.Join(b.dir, "linking.json")); err == nil {
				t.Error("the draft was left behind")
			}
		})
	}
}

func TestWizardMarksWhatCannotBeRight(t *testing.T) {
	server := startCompanion(t, time.Now)
	letter, code := server.person("jvries")
	b := newBench(t, "en")
	b.toCode(letter)
	b.write("k7qf-2u")
	b.says(b.words.Say("link.code.impossible", "char", "u", "position", 7))
	screen := b.shell().current.(*linkCode)
	if !screen.marked.Visible() || !screen.primary.Disabled() {
		t.Error("the impossible character is not marked")
	}
	screen.code.SetText(code[:len(code)-1])
	b.says(b.words.Say("link.code.more", "n", 1))
	other := "0"
	if strings.HasSuffix(code, other) {
		other = "1"
	}
	screen.code.SetText(code[:len(code)-1] + other)
	b.says(b.words.Say("link.code.slip"))
	b.key(fyne.KeyReturn)
	b.step(4)
	screen.user.SetText("jan@delinde.nl")
	b.says(b.words.Say("link.code.user-address"))
}

func TestWizardSaysEachRefusalAndLosesNothing(t *testing.T) {
	server := startCompanion(t, time.Now)
	letter, code := server.person("jvries")
	b := newBench(t, "nl")
	b.toCode(letter)
	wrong, err := enroll.NewActivationCode(nil)
	if err != nil {
		t.Fatal(err)
	}
	screen := b.shell().current.(*linkCode)
	screen.code.SetText(wrong.Reveal())
	b.key(fyne.KeyReturn)
	b.says(b.words.Say("why.mismatch-left", "n", 4))
	if screen.code.Text != wrong.Reveal() || screen.user.Text != "jvries" {
		t.Error("what was filled in is gone")
	}
	newer := server.admin("activation", "new", "jvries")
	screen.code.SetText(code)
	b.key(fyne.KeyReturn)
	b.says(b.words.Say("why.replaced"))
	screen.code.SetText(newer)
	b.key(fyne.KeyReturn)
	b.step(5)
}

func TestWizardGoesOnWhereItWasLeft(t *testing.T) {
	server := startCompanion(t, time.Now)
	letter, code := server.person("jvries")
	b := newBench(t, "nl")
	b.toCode(letter)
	b.open("") // closed, and started again without the letter
	b.wantTitle(b.words.Say("codes.title"))
	b.press("welcome.activation")
	b.step(4)
	b.write(code)
	b.key(fyne.KeyReturn)
	b.step(5)
}

func TestWizardBackAlwaysWorks(t *testing.T) {
	server := startCompanion(t, time.Now)
	letter, code := server.person("jvries")
	b := newBench(t, "en")
	b.toCode(letter)
	for _, n := range []int{3, 3, 2, 1} {
		b.key(fyne.KeyEscape)
		b.step(n)
	}
	b.press("link.server.yes")
	b.press("do.next")
	b.key(fyne.KeyReturn) // accepted before, and still
	b.key(fyne.KeyReturn)
	b.step(4)
	b.write(code)
	b.key(fyne.KeyReturn)
	b.step(5)
}

func TestWizardFinishesAnInterruptedLink(t *testing.T) {
	server := startCompanion(t, time.Now)
	letter, code := server.person("jvries")
	b := newBench(t, "en")
	b.toCode(letter)

	// The program was killed after the key was sealed and before it was confirmed.
	parsed, err := enroll.ParseActivationCode(code)
	if err != nil {
		t.Fatal(err)
	}
	client, err := enroll.NewClient(server.address, server.fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	organisation, _, err := client.Organisation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Link(t.Context(), enroll.NewIdempotencyKey(), enroll.LinkRequest{
		User: "jvries", ActivationCode: parsed.Reveal(), Device: "kantoor-12",
		Accepted: enroll.Accepted{Privacy: organisation.Privacy.Version, Terms: organisation.Terms.Version},
	})
	if err != nil {
		t.Fatal(err)
	}
	key, err := enroll.ParseAddress(answer.Address)
	if err != nil {
		t.Fatal(err)
	}
	err = b.shell().vault.Update(t.Context(), func(d *vault.Draft) error {
		_, err := d.Add(key, &vault.Link{Server: server.address, Fingerprint: server.fingerprint, User: "jvries", ID: answer.ID, ExpiresAt: answer.ExpiresAt})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	b.open("")
	b.says(b.words.Say("codes.pending"))
	b.key(fyne.KeyReturn)
	b.step(5)
	if pending := linking.Pending(b.shell().vault); len(pending) != 0 {
		t.Errorf("still pending: %v", pending)
	}
}

func TestWizardNamesAClockThatIsOff(t *testing.T) {
	server := startCompanion(t, func() time.Time { return time.Now().Add(95 * time.Second) })
	letter, _ := server.person("jvries")
	b := newBench(t, "nl")
	b.open(letter)
	b.agree()
	b.says("95 seconden achter")
	b.press("do.again")
	b.step(1)
}

func TestWizardDoesNotTrustAnotherServer(t *testing.T) {
	server := startCompanion(t, time.Now)
	b := newBench(t, "en")
	b.open("sleutelbos://link?server=" + server.address + "&fp=sha256:" + strings.Repeat("0", 64))
	b.agree()
	b.says(b.words.Say("why.certificate-other"))
	b.open("sleutelbos://link?server=" + server.address)
	b.says(b.words.Say("why.certificate-unknown"))
	b.write("sha256:12")
	b.key(fyne.KeyReturn)
	b.says(b.words.Say("why.fingerprint"))
	b.shell().current.(*linkServer).print.SetText(server.fingerprint)
	b.key(fyne.KeyReturn)
	b.wantTitle("Step 1 of 5 – Zorggroep De Linde")
}

func TestWizardWithoutAServer(t *testing.T) {
	b := newBench(t, "nl")
	b.open("sleutelbos://link?server=https://127.0.0.1:9&user=jan")
	b.agree()
	b.says("De server https://127.0.0.1:9 antwoordt niet.")
	b.shell().current.(*linkServer).address.SetText("http://voorbeeld.nl")
	b.press("link.server.look")
	b.says(b.words.Say("why.plain-server"))
	b.press("do.back")
	b.wantTitle(b.words.Say("codes.title"))
}
