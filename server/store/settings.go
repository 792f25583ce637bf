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
