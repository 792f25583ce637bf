package server

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sleutelbos/server/identity"
)

func (a *admin) passwordReset() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "reset NAME", Short: "Give a person a temporary password; prints it once", Args: oneArgument("user name"),
		Long: `Give a person a temporary password, which they must change when they next sign
in. It is printed alone on standard output, this once. The person's sessions end,
and so does a lock, unless time alone ends locks. Their authenticator stays.

Make sure who asks for it, and give it to nobody else.`,
		RunE: a.withName(func(ctx context.Context, d *desk, user string) error {
			password, err := d.ResetPassword(ctx, user)
			if err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			return errors.Join(a.print("%s", string(password)),
				a.note("%s signs in with it and their code, and then chooses a password.", user))
		}),
	})
}

const signInHelp = `{"passwords":{"name","min_length","letters","non_letters","capitals","digits",
"specials","max_repeat","former","lifetime_days"},"means":{ROLE:"password+code" or "password"},
"sessions":{"idle_minutes","absolute_minutes","stay_idle_minutes","stay_minutes",
"manage_within_minutes"},"release":"time", "administrator" or "both","devices",
"synchronise_minutes","self_reset":{ROLE:true or false}}`

func (a *admin) rulesShow() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "show", Short: "Show what is asked of a password and a sign-in, as JSON", Args: noArguments,
		Long: "Show what is asked of a password and a sign-in as JSON:\n" + signInHelp + ".",
		RunE: a.with(func(ctx context.Context, d *desk) error {
			settings, err := d.SignInSettings(ctx)
			if err != nil {
				return err
			}
			return writeJSON(a.around.Out, settings)
		}),
	})
}

// newRules is what was asked about the rules. A number that was not given is
// left as it is.
type newRules struct {
	set     string
	numbers map[string]*int
	release string
	means   map[string]string
	reset   map[string]string
}

func (a *admin) rulesSet() *cobra.Command {
	asked := newRules{numbers: map[string]*int{}}
	command := &cobra.Command{
		Use: "set", Short: "Change what is asked of a password and a sign-in", Args: noArguments,
		Long: `Change what is given, and nothing else. It counts at once: for passwords that are
chosen from now on, for who signs in from now on, and for the sessions that there
are.

--rules takes a whole set: d4 (at least 8 characters, 4 letters, something that is
no letter, no character more than twice in a row, changed every 91 days) or v2 (at
least 8 characters, a capital, a digit, a special character). The numbers that are
given beside it count instead of those of the set.`,
		Example: `  sleutelbos admin password rules set --rules v2 --min-length 12
  sleutelbos admin password rules set --means user=password --release administrator`,
	}
	f := command.Flags()
	f.StringVar(&asked.set, "rules", "", "`SET` of rules: d4 or v2")
	for _, number := range signInNumbers() {
		asked.numbers[number.flag] = f.Int(number.flag, 0, number.about)
	}
	f.StringVar(&asked.release, "release", "", "`WHAT` ends a lock: time, administrator or both")
	f.StringToStringVar(&asked.means, "means", nil, "`ROLE=MEANS`: password+code, or password where that alone will do; never for who manages")
	f.StringToStringVar(&asked.reset, "self-reset", nil, "`ROLE=yes` or no: whether a forgotten password is reset by a mailed link")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		given := func(name string) bool { return f.Changed(name) }
		changed := false
		command.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) { changed = changed || flag.Changed })
		if !changed {
			return usage("password rules set needs something to change; see --help")
		}
		err := d.SetSignIn(ctx, func(s *identity.SignInSettings) error { return asked.apply(s, given) })
		if err != nil {
			return err
		}
		return a.note("This counts from now on.")
	})
	return quiet(command)
}

// signInNumber is one number that can be set.
type signInNumber struct {
	flag, about string
	of          func(*identity.SignInSettings) *int
}

func signInNumbers() []signInNumber {
	minutes := func(of func(*identity.SignInSettings) *identity.Minutes) func(*identity.SignInSettings) *int {
		return func(s *identity.SignInSettings) *int { return (*int)(of(s)) }
	}
	return []signInNumber{
		{"min-length", "at least so `MANY` characters", func(s *identity.SignInSettings) *int { return &s.Passwords.MinLength }},
		{"letters", "at least so `MANY` letters", func(s *identity.SignInSettings) *int { return &s.Passwords.Letters }},
		{"non-letters", "at least so `MANY` characters that are no letters", func(s *identity.SignInSettings) *int { return &s.Passwords.NonLetters }},
		{"capitals", "at least so `MANY` capitals", func(s *identity.SignInSettings) *int { return &s.Passwords.Capitals }},
		{"digits", "at least so `MANY` digits", func(s *identity.SignInSettings) *int { return &s.Passwords.Digits }},
		{"specials", "at least so `MANY` characters that are neither letter nor digit", func(s *identity.SignInSettings) *int { return &s.Passwords.Specials }},
		{"max-repeat", "one character at most so `OFTEN` in a row; 0: any", func(s *identity.SignInSettings) *int { return &s.Passwords.MaxRepeat }},
		{"former", "not the present password (1), nor that before it (2)", func(s *identity.SignInSettings) *int { return &s.Passwords.Former }},
		{"lifetime-days", "`DAYS` after which a password must be changed; 0: never", func(s *identity.SignInSettings) *int { return &s.Passwords.LifetimeDays }},
		{"idle-minutes", "`MINUTES` after which who does nothing is signed out", minutes(func(s *identity.SignInSettings) *identity.Minutes { return &s.Sessions.Idle })},
		{"session-minutes", "`MINUTES` after which everybody is signed out", minutes(func(s *identity.SignInSettings) *identity.Minutes { return &s.Sessions.Absolute })},
		{"stay-idle-minutes", "the same as --idle-minutes for who chose to stay signed in", minutes(func(s *identity.SignInSettings) *identity.Minutes { return &s.Sessions.StayIdle })},
		{"stay-minutes", "the same as --session-minutes for them; 0: nobody may", minutes(func(s *identity.SignInSettings) *identity.Minutes { return &s.Sessions.Stay })},
		{"manage-minutes", "`MINUTES` after a sign-in in which administrators may manage", minutes(func(s *identity.SignInSettings) *identity.Minutes { return &s.Sessions.ManageWithin })},
		{"devices", "so `MANY` devices of a person are known at most", func(s *identity.SignInSettings) *int { return &s.Devices }},
		{"synchronise-minutes", "`MINUTES` in which a new account is not ready", minutes(func(s *identity.SignInSettings) *identity.Minutes { return &s.SynchroniseFor })},
	}
}

func (r *newRules) apply(s *identity.SignInSettings, given func(string) bool) error {
	if given("rules") {
		found := false
		for _, shipped := range identity.ShippedRules() {
			if shipped.Name == r.set {
				s.Passwords, found = shipped, true
			}
		}
		if !found {
			return usage("--rules takes d4 or v2")
		}
	}
	before := s.Passwords
	for _, number := range signInNumbers() {
		if given(number.flag) {
			*number.of(s) = *r.numbers[number.flag]
		}
	}
	if s.Passwords != before {
		s.Passwords.Name = "custom"
	}
	if given("release") {
		s.Release = identity.Release(r.release)
	}
	for role, means := range r.means {
		s.Means[identity.Role(role)] = identity.LeastMeans(means)
	}
	for role, may := range r.reset {
		if may != "yes" && may != "no" {
			return usage("--self-reset takes ROLE=yes or ROLE=no")
		}
		s.SelfReset[identity.Role(role)] = may == "yes"
		delete(s.Reset, identity.Role(role)) // which would count instead
	}
	return nil
}

func (a *admin) sessionList() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "list NAME", Short: "List where a person is signed in", Args: oneArgument("user name"),
		RunE: a.withName(func(ctx context.Context, d *desk, user string) error {
			sessions, err := d.Sessions(ctx, user)
			if err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
			for _, s := range sessions {
				fmt.Fprintf(table, "%s\t%s\tsince %s\tlast seen %s%s\n", either(s.Label, "without a name"), either(s.Address, "-"),
					moment(&s.Started), moment(&s.LastSeen), when(s.Stay, "\tstays signed in"))
			}
			return table.Flush()
		}),
	})
}

func (a *admin) sessionEnd() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "end NAME", Short: "Sign a person out everywhere", Args: oneArgument("user name"),
		RunE: a.withName(func(ctx context.Context, d *desk, user string) error {
			ended, err := d.EndSessions(ctx, user)
			if err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			return a.note("%s was signed out: %d sessions ended.", user, ended)
		}),
	})
}
