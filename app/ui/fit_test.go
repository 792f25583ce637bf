package ui

import (
	"errors"
	"testing"
	"time"

	"sleutelbos/app/capture"
	"sleutelbos/app/carry"
	"sleutelbos/app/linking"
	"sleutelbos/enroll"
	"sleutelbos/enroll/migrate"
	"sleutelbos/vault"
)

// Every screen fits the window's width in both languages: nothing is cut off and
// nothing makes the window grow.
func TestEveryScreenFits(t *testing.T) {
	for _, language := range []string{"nl", "en"} {
		b := newBench(t, language)
		b.withKeys("A long name of an organisation that goes on and on:somebody.with.a.long.name@an-organisation-with-a-long-domain.example")
		s := b.shell()
		entry := s.vault.List()[0]
		entry.Link = &vault.Link{Organisation: "Samenwerkingsverband voor basisonderwijs Zuidoost", Server: "https://codes.samenwerkingsverband-zuidoost.example"}
		wizard := &wizard{shell: s, organisation: enroll.Organisation{
			Name: "Samenwerkingsverband voor basisonderwijs Zuidoost", Environment: enroll.Demo,
			Contact: enroll.Contact{Name: "Servicedesk", Phone: "0123 456 789", Email: "servicedesk@samenwerkingsverband-zuidoost.example"},
		}}
		wizard.draft.Server = entry.Link.Server
		screens := map[string]screen{
			"welcome": &welcome{shell: s}, "protect": &idle{&protect{shell: s}},
			"passphrase": &choosePassphrase{shell: s, found: vault.ErrKeyringSilent},
			"recovery":   &showRecovery{shell: s, byKeyring: true},
			"unlock":     &idle{&unlock{shell: s}}, "damaged": &damaged{shell: s},
			"server": &idle{&linkServer{wizard: wizard, err: enroll.ErrUnreachable}},
			"pin":    &idle{&linkServer{wizard: wizard, pin: true, err: &enroll.CertificateError{}}},
			"known":  &idle{&linkServer{wizard: wizard, known: true}},
			"both":   &linkBoth{wizard: wizard}, "privacy": &linkText{wizard: wizard},
			"terms": &linkText{wizard: wizard, terms: true}, "code": &linkCode{wizard: wizard},
			"done":   &linkDone{wizard: wizard, linked: linking.Linked{Entry: entry, NextCode: b.now.Add(time.Second)}},
			"resume": &idle{&linkResume{wizard: wizard, entry: entry}},
			"codes":  &codes{shell: s}, "add": newAdd(s),
			"importing": newImporting(s), "imported": &imported{shell: s, plan: &carry.Plan{Batches: []migrate.Batch{{Size: 3, Seen: []int{1}}}}},
			"exporting": &exporting{shell: s}, "aegis": &exportForm{shell: s, form: carry.FormAegis}, "paper": &exportForm{shell: s, form: carry.FormHTML},
			"backups": &backups{shell: s}, "restoring": &restoring{shell: s},
			"lens": &idle{&lens{shell: s, cameras: []capture.Camera{standIn{}, standIn{}}}},
		}
		for name, screen := range screens {
			s.show(screen)
			if got := s.window.Content().MinSize().Width; got > width {
				t.Errorf("%s in %s is %.0f wide, and the window %d", name, language, got, width)
			}
			if picture := s.window.Canvas().Capture(); picture.Bounds().Dx() > width*2 {
				t.Errorf("%s in %s is drawn %d wide", name, language, picture.Bounds().Dx())
			}
		}
	}
}

// idle shows a screen without beginning its work.
type idle struct{ screen }

// An error that nobody foresaw is said too, with what to do.
func TestUnforeseenErrorIsSaid(t *testing.T) {
	b := newBench(t, "nl")
	b.withKeys("A:a")
	b.list().fail(errors.New("het is woensdag"))
	b.says("het is woensdag")
}
