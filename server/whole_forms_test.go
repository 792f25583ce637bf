package server_test

import (
	"strings"
	"testing"

	"sleutelbos/server/store/storetest"
)

// A form that is sent twice is carried out once, and the back button leads to no
// page that the browser refuses to show.
func sentTwiceAndBack(t *testing.T, w *town) {
	bea := w.in(t, "bbeheer")
	bea.Open("/people/new")
	bea.Fill("Achternaam", "Dubbel")
	bea.Fill("E-mail om", "dubbel@voorbeeld.nl")
	bea.Fill("Gebruikersnaam", "ddubbel")
	// Two clicks faster than the page that comes: the same form, twice at once.
	bea.Ask(`(() => { const f = document.querySelector("main form.fields"), body = new URLSearchParams(new FormData(f));
		window.twice = Promise.all([1, 2].map(() => fetch(location.href, {method: "POST", body}).then((r) => r.ok + " " + new URL(r.url).pathname))).then((all) => window.both = all.join()); return "" })()`)
	bea.Wait(`!!window.both`)
	both := strings.Split(bea.Ask("window.both"), ",")
	if both[0] != both[1] || !strings.HasPrefix(both[0], "true /people/") || strings.HasSuffix(both[0], "/new") {
		t.Errorf("the same form sent twice leads to %v", both)
	}
	bea.Press("Persoon toevoegen") // and a third time, by the button
	bea.See("Dubbel", "ddubbel")
	bea.NotSee("al in gebruik")
	bea.Reload()
	bea.See("ddubbel")
	bea.Back()
	bea.Press("Persoon toevoegen") // whatever the browser kept in the fields
	bea.See("Dit klopt nog niet")
	if n := storetest.Count(t, w.database, "SELECT count(*) FROM people WHERE user_name = 'ddubbel'"); n != 1 {
		t.Errorf("%d people were added", n)
	}

	// One activation code goes out, although it was confirmed twice.
	bea.Open(w.path(t, bea, "ddubbel"))
	bea.Press("Activatiecode mailen")
	bea.Press("Code mailen")
	bea.See("Er is een activatiecode onderweg")
	bea.Back()
	bea.See("Activatiecode mailen aan Dubbel?")
	bea.Press("Annuleren")
	w.activation(t, "dubbel@voorbeeld.nl")
	if n := storetest.Count(t, w.database, "SELECT count(*) FROM activations a JOIN people p ON p.id = a.person WHERE p.user_name = 'ddubbel'"); n != 1 {
		t.Errorf("%d activation codes were made", n)
	}

	// Signed out, the back button shows nothing that can still be done.
	bea.Press("Uitloggen")
	bea.Back()
	bea.Reload()
	bea.See("Inloggen")
	bea.NotSee("dubbel@voorbeeld.nl")
}

// Bea and Cas change Tess at the same time. The second is told what the first
// changed, and loses nothing typed.
func twoChangeOnePerson(t *testing.T, w *town) {
	w.person(t, "cas", "Cas Collega", "--grant", "administrator", "--grant", "user", "--grant", "teacher=66KG")
	w.admin(t, "person", "add", "--user", "tess", "--name", "Tess Twee", "--email", "tess@voorbeeld.nl")
	bea, cas := w.in(t, "bbeheer"), w.in(t, "cas")
	path := w.path(t, bea, "tess")
	bea.Open(path + "/edit")
	cas.Open(path + "/edit")
	bea.Fill("Telefoon", "0101234567")
	bea.Fill("Functie", "Docent")
	bea.Tick("Docent: Hoofdlocatie")
	bea.Press("Bewaren")
	bea.See("Tess Twee is gewijzigd")
	cas.Fill("Functie", "Conciërge")
	cas.Fill("E-mail voor berichten", "balie@voorbeeld.nl")
	cas.Press("Bewaren")
	cas.See("Iemand anders heeft dit intussen gewijzigd", "Intussen gewijzigd in: 0101234567", "Intussen gewijzigd in: Docent. Hier staat wat jij typte", "De rollen zijn intussen gewijzigd")
	cas.Audit()
	cas.Picture("whole-two-nl")
	cas.Press("Bewaren")
	cas.See("Tess Twee is gewijzigd", "0101234567", "Conciërge", "balie@voorbeeld.nl", "Docent: Hoofdlocatie")

	// Two tabs of one person are two people in this.
	second := bea.Second()
	bea.Open(path + "/edit")
	second.Open(path + "/edit")
	second.Fill("Telefoon", "0107654321")
	second.Press("Bewaren")
	bea.Fill("Voornaam", "Tessa")
	bea.Press("Bewaren")
	bea.See("Intussen gewijzigd in: 0107654321")
	bea.Press("Bewaren")
	bea.See("Tessa Twee is gewijzigd", "0107654321")
}

// Bea's session ends while she types. After signing in again she goes on where
// she was.
func aSessionEndsInAForm(t *testing.T, w *town) {
	bea := w.in(t, "bbeheer")
	bea.Open("/people/new")
	bea.Fill("Voornaam", "Sem")
	bea.Fill("Achternaam", "Sessie")
	bea.Fill("E-mail om", "sem@voorbeeld.nl")
	bea.Fill("Gebruikersnaam", "ssessie")
	bea.Tick("Docent: Hoofdlocatie")
	w.exec(t, "UPDATE sessions SET last_seen = last_seen - $1, started = started - $1, ends = ends - $1", 2*24*60*60*1000)
	bea.Press("Persoon toevoegen")
	bea.See("Je was te lang weg", "wat je had ingevuld, wordt bewaard")
	if n := storetest.Count(t, w.database, "SELECT count(*) FROM people WHERE user_name = 'ssessie'"); n != 0 {
		t.Error("a form without a session was carried out")
	}
	w.enter(bea, "bbeheer", townPassword, w.code(t, "bbeheer"))
	bea.See("Nog één klik")
	bea.Picture("whole-resume-nl")
	bea.Press("Verder met wat ik had ingevuld")
	bea.See("Sem Sessie is toegevoegd", "Docent: Hoofdlocatie")
}
