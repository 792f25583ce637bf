package store

// Setting is one named value. KeyID names the server key of a sealed one.
type Setting struct {
	Value []byte
	KeyID string
}

// The names of settings.
const (
	SettingOrganisation = "organisation"
	SettingCanary       = "canary"
	SettingOrigin       = "origin"
	SettingMail         = "mail"
	SettingSignIn       = "sign-in"
	SettingStart        = "start"
	SettingReports      = "reports"
	SettingTally        = "tally"
	SettingCare         = "care"
)

// Setting reads a setting.
func (v *View) Setting(name string) (Setting, error) {
	var s Setting
	err := v.one("read a setting", "SELECT value, key_id FROM settings WHERE name = $1", []any{name}, &s.Value, &s.KeyID)
	return s, err
}

// probe writes something and takes it away again, to see whether it can.
// Writing what stands there already would not reach the disk.
func (tx *Tx) probe() error {
	if err := tx.SetSetting("probe", Setting{Value: []byte{}}); err != nil {
		return err
	}
	_, err := tx.exec("write to the database", "DELETE FROM settings WHERE name = 'probe'")
	return err
}

// SetSetting writes a setting.
func (tx *Tx) SetSetting(name string, s Setting) error {
	_, err := tx.exec("write a setting",
		`INSERT INTO settings (name, value, key_id) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET value = $2, key_id = $3`, name, s.Value, s.KeyID)
	return err
}

// SettingsOf reads a setting of the whole server and, behind it, what an
// organisation has of its own, where either is set.
func (v *View) SettingsOf(name, organisation string) (server, own []byte, err error) {
	return v.layers(name, "SELECT name, value FROM settings WHERE name = $1 OR name = $2", name, ownSetting(name, organisation))
}

// SettingsFor is [View.SettingsOf] for the organisation of a person; of somebody
// who is not there, what the whole server has.
func (v *View) SettingsFor(name, person string) (server, own []byte, err error) {
	return v.layers(name,
		"SELECT name, value FROM settings WHERE name = $1 OR name = (SELECT $2 || organisation FROM people WHERE id = $3)",
		name, ownSetting(name, ""), person)
}

func (v *View) layers(name, text string, args ...any) (server, own []byte, err error) {
	err = v.each("read settings", text, args, func(rows scanner) error {
		var found string
		var value []byte
		err := rows.Scan(&found, &value)
		if found == name {
			server = value
		} else {
			own = value
		}
		return err
	})
	return server, own, err
}

// SetOwnSetting writes what an organisation has of its own; nothing removes it.
func (tx *Tx) SetOwnSetting(name, organisation string, value []byte) error {
	if value == nil {
		_, err := tx.exec("remove a setting", "DELETE FROM settings WHERE name = $1", ownSetting(name, organisation))
		return err
	}
	return tx.SetSetting(ownSetting(name, organisation), Setting{Value: value})
}

// ownSetting is the name of what an organisation has of its own.
func ownSetting(name, organisation string) string { return name + "/" + organisation }
