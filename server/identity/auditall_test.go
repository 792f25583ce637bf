package identity

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sleutelbos/enroll"
)

// stage is a house with somebody for each part of the test below.
type stage struct {
	*house
	boss, anna   Person
	key          enroll.Key
	in           SignedIn
	school, part string
	mandate      Mandate
	link         enroll.LinkAnswer
	linkKey      enroll.Key
	first        string // server key
	seenLines    int
}

// deed is something that a method of the desk changes, with the lines of the
// audit log that it writes: "KIND WHO", where who is operator, boss or self.
type deed struct {
	method, lines string
	do            func() error
}

func (s *stage) deeds() []deed {
	ctx, op, boss := s.t.Context(), Operator(), PersonActor(s.boss.ID)
	user := func(name string) string { return s.look(name).ID }
	return slices.Concat([]deed{
		{"SetOrganisation", "organisation.set operator", func() error {
			return s.SetOrganisation(ctx, func(o *OrganisationSettings) error { o.MaxLinks = 4; return nil })
		}},
		{"SetOrganisationBy", "organisation.set boss", func() error {
			return s.SetOrganisationBy(ctx, boss, func(o *OrganisationSettings) error { o.DayCodes = 7; return nil })
		}},
		{"SetSignIn", "signin.set operator", func() error {
			return s.SetSignIn(ctx, func(o *SignInSettings) error { o.Devices = 9; return nil })
		}},
		{"SetSignInBy", "signin.set boss", func() error {
			return s.SetSignInBy(ctx, boss, func(o *SignInSettings) error { o.Devices = 8; return nil })
		}},
		{"SetOrganisationRules", "rule.set boss", func() error {
			return s.SetOrganisationRules(ctx, boss, MainOrganisation, []RuleChange{{Key: "remember-hours", Value: "2"}})
		}},
		{"SetServerRules", "signin.set boss", func() error {
			return s.SetServerRules(ctx, boss, []RuleChange{{Key: "remember-hours", Value: "3"}})
		}},
		{"SetStart", "start.set boss", func() error {
			return s.SetStart(ctx, boss, func(o *StartSettings) error {
				o.Links = []Tile{{Name: Said{Dutch: "Intranet"}, Address: "https://intranet.example"}}
				return nil
			})
		}},
		{"SetMail", "mail.set operator", func() error { return s.SetMail(ctx, Mail{From: "other@example.org"}) }},
		{"AddApplication", "application.add operator", func() error { return second(s.AddApplication(ctx, "vpn")) }},
		{"RotateApplication", "application.rotate operator", func() error { return second(s.RotateApplication(ctx, "vpn")) }},
		{"RevokeApplication", "application.revoke operator", func() error { return s.RevokeApplication(ctx, "vpn") }},
		{"AddOrganisation", "organisation.add boss", func() (err error) {
			s.school, err = s.AddOrganisation(ctx, boss, "School", nil)
			return err
		}},
		{"EditOrganisation", "organisation.edit boss", func() error { return s.EditOrganisation(ctx, boss, s.school, 1, "School A", nil) }},
		{"SetPart", "part.set boss", func() (err error) {
			s.part, err = s.SetPart(ctx, boss, Part{Organisation: MainOrganisation, Code: "hq"})
			return err
		}},
		{"SetRole", "role.set boss", func() error {
			return s.SetRole(ctx, boss, RoleDefinition{Key: "clerk", Dutch: "Klerk", English: "Clerk"})
		}},
		{"AddMandate", "mandate.add boss", func() error {
			s.mandate = Mandate{s.school, MainOrganisation, "clerk", ""}
			return s.AddMandate(ctx, boss, s.mandate)
		}},
		{"EndMandate", "mandate.end boss", func() error { return s.EndMandate(ctx, boss, s.mandate) }},
		{"AddPerson", "person.add operator, grant.add operator", func() error {
			return second(s.AddPerson(ctx, NewPerson{User: "bram", Name: "Bram", Email: "bram@example.org"}))
		}},
		{"AddPersonBy", "person.add boss, grant.add boss, grant.add boss", func() error {
			return second(s.AddPersonBy(ctx, boss, NewPerson{User: "coen", Name: "Coen", Email: "coen@example.org", Grants: []Grant{
				{RoleUser, MainOrganisation, ""}, {"clerk", MainOrganisation, ""},
			}}))
		}},
		{"EditPerson", "person.edit boss, grant.end boss, grant.add boss", func() error {
			now := s.look("coen")
			return second(s.EditPerson(ctx, boss, now.ID, now.Version, false, func(p *Details) error {
				p.Phone, p.Grants = "0123456789", []Grant{{RoleUser, MainOrganisation, ""}, {"clerk", MainOrganisation, s.part}}
				return nil
			}))
		}},
		{"ImportPeople", "person.add boss, grant.add boss", func() error {
			return second(s.ImportPeople(ctx, boss, s.lines("user,name,email,roles\ndirk,Dirk,dirk@example.org,user\n"), false))
		}},
		{"EndPart", "part.end boss, grant.end boss, mandate.end boss", func() error {
			s.must(s.AddMandate(ctx, op, Mandate{MainOrganisation, s.school, "clerk", s.part}))
			s.passOver()
			return second(s.EndPart(ctx, boss, s.part))
		}},
		{"EndRole", "role.end boss, grant.end boss, mandate.end boss", func() error {
			s.must(s.AddMandate(ctx, op, Mandate{MainOrganisation, s.school, "clerk", ""}))
			now := s.look("coen")
			if _, err := s.EditPerson(ctx, op, now.ID, now.Version, false, func(p *Details) error {
				p.Grants = append(p.Grants, Grant{"clerk", MainOrganisation, ""})
				return nil
			}); err != nil {
				return err
			}
			s.passOver()
			return second(s.EndRole(ctx, boss, "clerk"))
		}},
		{"DeletePerson", "person.delete boss, grant.end boss", func() error { return second(s.DeletePerson(ctx, boss, user("bram"), false)) }},
		{"ErasePerson", "person.erase boss", func() error {
			gone, err := s.Deleted(ctx, op, "bram")
			s.must(err)
			return s.ErasePerson(ctx, boss, gone[0].ID)
		}},
		{"SignOff", "organisation.sign-off boss, person.delete boss, grant.end boss, mandate.end boss", func() error {
			s.must(s.AddMandate(ctx, op, Mandate{MainOrganisation, s.school, RoleUser, ""}))
			s.add(NewPerson{User: "pupil", Name: "Pupil", Email: "pupil@school.example", Organisation: s.school, Role: RoleUser})
			s.passOver()
			return second(s.SignOff(ctx, boss, s.school))
		}},
	}, s.deedsOfMeans(), s.deedsOfSigningIn(), s.deedsOfKeys())
}

func (s *stage) deedsOfMeans() []deed {
	ctx, boss := s.t.Context(), PersonActor(s.boss.ID)
	return []deed{
		{"NewActivation", "activation.new operator", func() error {
			_, _, err := s.NewActivation(ctx, "coen")
			return err
		}},
		{"NewActivationBy", "activation.new boss", func() error {
			_, _, err := s.NewActivationBy(ctx, boss, s.look("coen").ID)
			return err
		}},
		{"MailActivation", "activation.mail boss", func() error { return second(s.MailActivation(ctx, boss, s.look("coen").ID)) }},
		{"StartLink", "link.start self", func() (err error) {
			code := s.activation("coen")
			s.passOver()
			s.link, s.linkKey = s.start("coen", code, "")
			return nil
		}},
		{"ConfirmLink", "link.confirm self", func() error { return s.ConfirmLink(ctx, s.link.ID, s.code(s.linkKey)) }},
		{"ConfirmLinkNext", "link.confirm self", func() error {
			answer, key := s.start("dirk", s.activation("dirk"), "")
			s.passOver()
			return second(s.ConfirmLinkNext(ctx, answer.ID, s.code(key)))
		}},
		{"Verify", "verify self", func() error { return second(s.Verify(ctx, s.app, "coen", "123456")) }},
		{"VerifyOn", "verify self", func() error {
			_, _, err := s.VerifyOn(ctx, s.app, "coen", "123456", OnDevice{})
			return err
		}},
		{"Resync", "link.resync boss", func() error { return second(s.Resync(ctx, boss, "coen", "123456", "654321")) }},
		{"IssueDayCode", "day-code.issue boss", func() error {
			_, _, err := s.IssueDayCode(ctx, boss, s.look("coen").ID)
			return err
		}},
		{"Unlock", "person.unlock operator", func() error { return s.Unlock(ctx, "coen") }},
		{"UnlockBy", "person.unlock boss", func() error { return s.UnlockBy(ctx, boss, s.look("coen").ID) }},
		{"RecordLoss", "loss.report operator", func() error {
			return s.RecordLoss(ctx, "coen", s.look("coen").Links[0].ID, s.clock.Now())
		}},
		{"RecordLossBy", "loss.report boss", func() error {
			return s.RecordLossBy(ctx, boss, s.look("dirk").ID, s.look("dirk").Links[0].ID, s.clock.Now())
		}},
		{"Unlink", "person.unlink operator", func() error { return s.Unlink(ctx, "coen") }},
		{"UnlinkBy", "person.unlink boss", func() error { return s.UnlinkBy(ctx, boss, s.look("coen").ID) }},
		{"UnlinkAndMail", "person.unlink boss, activation.mail boss", func() error { return second(s.UnlinkAndMail(ctx, boss, s.look("coen").ID)) }},
		{"ImportTokens", "token.import operator", func() error {
			s.device("SN1", enroll.TOTP, enroll.SHA1, 6, 30)
			return nil
		}},
		{"AssignToken", "token.assign boss", func() error { return second(s.AssignToken(ctx, boss, "SN1", "coen")) }},
		{"ResyncToken", "link.resync boss", func() error { return second(s.ResyncToken(ctx, boss, "SN1", "123456", "654321")) }},
		{"BlockToken", "token.block boss", func() error { return second(s.BlockToken(ctx, boss, "SN1", "lost")) }},
		{"UnblockToken", "token.unblock boss", func() error { return second(s.UnblockToken(ctx, boss, "SN1")) }},
		{"UnassignToken", "token.unassign boss", func() error { return second(s.UnassignToken(ctx, boss, "SN1")) }},
		{"ReturnToken", "token.return boss", func() error { return second(s.ReturnToken(ctx, boss, "SN1")) }},
	}
}

func (s *stage) deedsOfSigningIn() []deed {
	ctx, boss := s.t.Context(), PersonActor(s.boss.ID)
	return []deed{
		{"SignIn", "device.add self, signin self", func() error { s.in = s.enter("anna", s.key); return nil }},
		{"SetOwnContact", "own.edit self", func() error { return s.SetOwnContact(ctx, s.in.Token, OwnContact{Phone: "0612345678", Language: "nl"}) }},
		{"ConfirmFurther", "link.add self", func() error {
			f, key := s.further(s.in.Token)
			return s.ConfirmFurther(ctx, s.in.Token, f.Note, s.code(key))
		}},
		{"EndOwnLink", "link.end self", func() error {
			for _, l := range s.look("anna").Links {
				if l.Device == "Telefoon" {
					return s.EndOwnLink(ctx, s.in.Token, l.ID)
				}
			}
			return errors.New("the further device is not there")
		}},
		{"ReportAccount", "account.report self", func() error {
			return s.ReportAccount(ctx, PersonActor(s.anna.ID), AccountReport{About: "somebody", Fault: FaultShared})
		}},
		{"CloseReport", "account.report boss", func() error {
			all, err := s.AccountReports(ctx, boss)
			s.must(err)
			return s.CloseReport(ctx, boss, all[0].ID)
		}},
		{"EndOtherSessions", "session.end self", func() error { return second(s.EndOtherSessions(ctx, s.in.Token)) }},
		{"EndOwnSession", "session.end self", func() error { return s.EndOwnSession(ctx, s.in.Token, s.in.Session.ID) }},
		{"SignOut", "signout self", func() error {
			s.in = s.enter("anna", s.key)
			s.passOver()
			return s.SignOut(ctx, s.in.Token)
		}},
		{"ForgetDevices", "device.forget operator", func() error { return s.ForgetDevices(ctx, "anna") }},
		{"EndSessions", "session.end operator", func() error { return second(s.EndSessions(ctx, "anna")) }},
		{"EndSessionsBy", "session.end boss", func() error { return second(s.EndSessionsBy(ctx, boss, s.anna.ID)) }},
		{"ChangePassword", "password.change self", func() error {
			s.in = s.enter("anna", s.key)
			s.passOver()
			return second(s.ChangePassword(ctx, s.in.Token, goodPassword, "kwartel.gros-9"))
		}},
		{"AskReset", "password.ask self", func() error {
			defer s.background.Wait()
			return s.AskReset(ctx, "anna", "192.0.2.7")
		}},
		{"UsePasswordLink", "password.choose self", func() error { return s.UsePasswordLink(ctx, s.mailed(), "zeven.gans-4") }},
		{"ResetPassword", "password.reset operator", func() error { return second(s.ResetPassword(ctx, "anna")) }},
		{"ResetPasswordBy", "password.reset boss", func() error { return second(s.ResetPasswordBy(ctx, boss, s.anna.ID)) }},
		{"ReportLoss", "loss.report self", func() error {
			in := s.enter("eva", s.occupant("eva", RoleUser))
			s.passOver()
			return s.ReportLoss(ctx, in.Token, s.look("eva").Links[0].ID, s.clock.Now())
		}},
	}
}

func (s *stage) deedsOfKeys() []deed {
	ctx := s.t.Context()
	return []deed{
		{"Backup", "backup operator, backup operator", func() error { // its beginning, and that it is proven
			if !s.store.BacksUp() { // pg_dump makes the copy
				return inOrder(
					func() error { return s.tell(ctx, kindBackup, outcomeStarted) },
					func() error { return s.tell(ctx, kindBackup, outcomeDone) },
				)
			}
			return second(s.Backup(ctx, filepath.Join(s.t.TempDir(), "copy.db")))
		}},
		{"BackupMade", "backup operator", func() error { return s.BackupMade(ctx) }},
		{"EndCodes", "restore operator", func() error { return s.EndCodes(ctx) }},
		{"KeyAdded", "key.add operator", func() error {
			s.first = s.key0()
			s.addKey()
			s.must(s.LookAtKeys(ctx))
			return s.KeyAdded(ctx)
		}},
		{"TakeOver", "key.rotate operator", func() error {
			_, _, err := s.TakeOver(ctx)
			return err
		}},
		{"Reseal", "", func() error { return second(s.Reseal(ctx)) }}, // a part of taking over, which is told
		{"RetireKey", "key.retire operator", func() error { return s.RetireKey(ctx, s.first) }},
	}
}

func (s *stage) key0() string { return s.Desk.key.now.Load().current.id }

// passOver takes the lines up to now for seen.
func (s *stage) passOver() { s.newLines() }

// newLines are the lines of the audit log since the last look, in order.
func (s *stage) newLines() (lines []string) {
	s.t.Helper()
	rows, err := s.Audit(s.t.Context(), 1000)
	s.must(err)
	seen := s.seenLines
	s.seenLines = len(rows)
	rows = rows[:len(rows)-seen]
	slices.Reverse(rows)
	for _, r := range rows {
		who := r.Actor
		switch {
		case r.Actor == s.boss.ID:
			who = "boss"
		case r.Actor == r.Person || r.Actor == "" && r.Person != "":
			who = "self"
		case r.Kind == kindAccountReport && r.Actor == s.anna.ID:
			who = "self"
		}
		lines = append(lines, r.Kind+" "+who)
		if !slices.Contains(AuditKinds(), r.Kind) || !slices.Contains(AuditOutcomes(), r.Outcome) {
			s.t.Errorf("nobody can look for %s with %q in the log", r.Kind, r.Outcome)
		}
	}
	return lines
}

// untold lists the methods of a desk after which nobody asks who did it: they
// look at something, prepare it, or belong to the server's own work.
func untold() []string {
	return strings.Fields(`AccountReports AllSealWith AnswerForm Applications Audit AuditAfter AuditHeads AuditSince Authenticate CheckEdit CheckMandate CheckOrganisation CheckPerson Choices ClaimForm
		Close Deleted DropForm EachOfReport EndingMandate Enter ErasingPerson ExportAudit ExportPeople ExportReport FindAudit FindErrorPage FindOrganisation FollowAudit ForLetters Glance HardwareToken
		HardwareTokens ImportStanding JobStandings Jobs KeepCounters LeavingOrganisation LeavingPerson LookAtForm LookAtFurther LookAtKeys LookAtPasswordLink Losses Lost
		MailStanding Mandates MayCommand Messages MessagesBy NoteErrorPage NoteHeads NoteVerified OpenNote Organisation OrganisationRules Organisations OutOfStep Own OwnSessions
		People Person PersonByID PlanImport PostTest Posted PutOff Report Rights Roles SealNote SearchPeople Sent ServerKeys Session
		Sessions ServerRules SessionsBy Settings SignInFor SignInSettings Start StartFurther StartSettings TakeMessage Todos Undeliverable
		UnmetFor UnmetForLink Unposted UseNoted VerifyAudit`)
}

// Whatever changes somebody, what they hold, an organisation, a setting, a
// session, a token or a key is a line of the audit log that says who did it, and
// one line for each change. A method that is new is named in a list here.
func TestEveryChangeIsOneLineOfTheAuditLog(t *testing.T) {
	s := &stage{house: newSignInHouse(t)}
	s.boss = s.add(NewPerson{User: "boss", Name: "Boss", Email: "boss@example.org", Grants: []Grant{
		{RoleOperator, MainOrganisation, ""}, {RoleAdministrator, MainOrganisation, ""},
	}})
	s.key = s.occupant("anna", RoleUser)
	s.anna = s.look("anna")
	s.mail()
	s.newLines()
	tried := untold()
	for _, deed := range s.deeds() {
		tried = append(tried, deed.method)
		if err := deed.do(); err != nil {
			t.Errorf("%s: %v", deed.method, err)
		}
		var want []string
		if deed.lines != "" {
			want = strings.Split(deed.lines, ", ")
		}
		got := s.newLines()
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("after %s the audit log says %q, want %q", deed.method, got, want)
		}
	}
	all := reflect.TypeOf(s.Desk)
	for i := range all.NumMethod() {
		if name := all.Method(i).Name; !slices.Contains(tried, name) {
			t.Errorf("%s is new: say in this test which line of the audit log it writes, or that it writes none", name)
		}
	}
}

// What the server does unasked is its own in the audit log.
func TestJobsAreTheServersOwn(t *testing.T) {
	h := newHouse(t)
	gone := h.person("anna")
	_, err := h.DeletePerson(t.Context(), Operator(), gone.ID, false)
	h.must(err)
	h.clock.add(4 * month)
	_, err = h.jobs().Run(t.Context(), "erase")
	h.must(err)
	if rows := h.audited(kindPersonErase); len(rows) != 1 || rows[0].Actor != itselfID || rows[0].Person != gone.ID {
		t.Errorf("the audit log says %+v", rows)
	}
	if by := PersonActor(itselfID); by != (Actor{}) {
		t.Error("somebody can pass for the server")
	}
}
