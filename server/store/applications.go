package store

// Application is a program that may ask. Times are in milliseconds; 0 is never.
type Application struct {
	ID, Name, NameKey          string
	KeyHash                    []byte
	KeyID                      string
	Generation                 int64 // of its key, from 1
	Created, LastUsed, Revoked int64
}

const applicationColumns = "id, name, name_key, key_hash, key_id, generation, created, last_used, revoked"

func (a *Application) scan() []any {
	return []any{&a.ID, &a.Name, &a.NameKey, &a.KeyHash, &a.KeyID, &a.Generation, &a.Created, &a.LastUsed, &a.Revoked}
}

// ApplicationByKey finds an application by the keyed hash of its key, revoked
// or not.
func (v *View) ApplicationByKey(hash []byte) (Application, error) {
	var a Application
	err := v.one("find an application", "SELECT "+applicationColumns+" FROM applications WHERE key_hash = $1",
		[]any{hash}, a.scan()...)
	return a, err
}

// ApplicationByName finds the application that has this name and is not
// revoked.
func (v *View) ApplicationByName(nameKey string) (Application, error) {
	var a Application
	err := v.one("find an application",
		"SELECT "+applicationColumns+" FROM applications WHERE name_key = $1 AND revoked = 0", []any{nameKey}, a.scan()...)
	return a, err
}

// Application finds an application by its id.
func (v *View) Application(id string) (Application, error) {
	var a Application
	err := v.one("find an application", "SELECT "+applicationColumns+" FROM applications WHERE id = $1",
		[]any{id}, a.scan()...)
	return a, err
}

// Applications lists all of them by name, revoked ones too.
func (v *View) Applications() ([]Application, error) {
	var all []Application
	err := v.each("list applications", "SELECT "+applicationColumns+" FROM applications ORDER BY name, created, id", nil,
		func(rows scanner) error {
			var a Application
			err := rows.Scan(a.scan()...)
			all = append(all, a)
			return err
		})
	return all, err
}

// AddApplication adds an application with its first key.
func (tx *Tx) AddApplication(a Application) error {
	_, err := tx.exec("add an application",
		"INSERT INTO applications (id, name, name_key, key_hash, key_id, created) VALUES ($1, $2, $3, $4, $5, $6)",
		a.ID, a.Name, a.NameKey, a.KeyHash, a.KeyID, a.Created)
	return err
}

// SetApplicationKey replaces the key of an application that is not revoked.
func (tx *Tx) SetApplicationKey(id string, keyHash []byte, keyID string) error {
	return tx.must("change an application's key",
		"UPDATE applications SET key_hash = $2, key_id = $3, generation = generation + 1 WHERE id = $1 AND revoked = 0",
		id, keyHash, keyID)
}

// RevokeApplication stops an application's key.
func (tx *Tx) RevokeApplication(id string, now int64) error {
	return tx.must("revoke an application",
		"UPDATE applications SET revoked = $2 WHERE id = $1 AND revoked = 0", id, now)
}

// UsedApplication notes when an application last asked.
func (tx *Tx) UsedApplication(id string, now int64) error {
	return tx.later("note an application's use",
		"UPDATE applications SET last_used = $2 WHERE id = $1 AND last_used < $2", id, now)
}
