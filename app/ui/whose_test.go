package ui

import (
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// Every step of the wizard after the first says with whom one links and in which
// environment, and so does the screen that takes up a link that was interrupted.
func TestEveryStepSaysTheEnvironment(t *testing.T) {
	for _, environment := range []enroll.Environment{enroll.Production, enroll.Demo} {
		for _, language := range []string{"nl", "en"} {
			t.Run(string(environment)+" "+language, func(t *testing.T) {
				server := startCompanionIn(t, string(environment), time.Now)
				letter, code := server.person("jvries")
				b := newBench(t, language)
				b.open(letter)
				b.agree()
				word := strings.ToUpper(b.words.Say("env." + string(environment)))
				whose := func() {
					t.Helper()
					b.says(word)
					b.says("Zorggroep De Linde")
				}
				b.press("link.server.yes")
				b.step(2)
				whose()
				b.press("do.next")
				b.step(3)
				whose()
				b.agree()
				whose()
				b.agree()
				b.step(4)
				whose()
				b.write(code)
				b.press("link.code.do")
				b.step(5)
				whose()
				s := b.shell()
				entry := vault.Entry{Link: &vault.Link{Organisation: "Zorggroep De Linde", Environment: string(environment)}}
				s.show(&idle{&linkResume{wizard: &wizard{shell: s}, entry: entry}})
				whose()
			})
		}
	}
}
