package store

// Organisation is a row of organisations. Times are in milliseconds; 0 is never.
type Organisation struct {
	ID, Name, NameKey  string
	Domains            string // parted by blanks; empty: any
	Version            int64
	Created, SignedOff int64
}

// Part is a part of an organisation for which roles are held.
type Part struct {
	ID, Organisation    string
	Code, CodeKey, Name string
	Ended               int64
}

const organisationColumns = "SELECT id, name, name_key, domains, version, created, signed_off FROM organisations "

// Organisations lists those that are not signed off: the operator's own first,
// then by name.
func (v *View) Organisations() ([]Organisation, error) {
	return v.organisations("WHERE signed_off = 0 ORDER BY CASE WHEN id = 'main' THEN 0 ELSE 1 END, name_key, id")
}

// Organisation finds an organisation by its id, signed off or not.
func (v *View) Organisation(id string) (Organisation, error) {
	return firstOf(v.organisations("WHERE id = $1", id))
}

// OrganisationByName finds one that is not signed off by its canonical name.
func (v *View) OrganisationByName(key string) (Organisation, error) {
	return firstOf(v.organisations("WHERE name_key = $1 AND signed_off = 0", key))
}

func (v *View) organisations(which string, args ...any) ([]Organisation, error) {
	var all []Organisation
	err := v.each("list organisations", organisationColumns+which, args, func(rows scanner) error {
		var o Organisation
		err := rows.Scan(&o.ID, &o.Name, &o.NameKey, &o.Domains, &o.Version, &o.Created, &o.SignedOff)
		all = append(all, o)
		return err
	})
	return all, err
}

// firstOf gives the first of a list, or ErrNotFound.
func firstOf[T any](all []T, err error) (T, error) {
	var none T
	switch {
	case err != nil:
		return none, err
	case len(all) == 0:
		return none, ErrNotFound
	}
	return all[0], nil
}

// AddOrganisation adds an organisation.
func (tx *Tx) AddOrganisation(o Organisation) error {
	_, err := tx.exec("add an organisation",
		"INSERT INTO organisations (id, name, name_key, domains, created) VALUES ($1, $2, $3, $4, $5)",
		o.ID, o.Name, o.NameKey, o.Domains, o.Created)
	return err
}

// SetOrganisation replaces name and domains, if the version is still o's, else
// it is [ErrChanged].
func (tx *Tx) SetOrganisation(o Organisation) error {
	return tx.must("change an organisation",
		`UPDATE organisations SET name = $3, name_key = $4, domains = $5, version = version + 1
		WHERE id = $1 AND version = $2 AND signed_off = 0`, o.ID, o.Version, o.Name, o.NameKey, o.Domains)
}

// SignOffOrganisation ends an organisation, its parts and its mandates.
func (tx *Tx) SignOffOrganisation(id string, now int64) error {
	const doing = "sign off an organisation"
	if err := tx.must(doing, "UPDATE organisations SET signed_off = $2 WHERE id = $1 AND signed_off = 0", id, now); err != nil {
		return err
	}
	if _, err := tx.exec(doing, "UPDATE parts SET ended = $2 WHERE organisation = $1 AND ended = 0", id, now); err != nil {
		return err
	}
	_, err := tx.exec(doing, "DELETE FROM mandates WHERE giver = $1 OR taker = $1", id)
	return err
}

// Parts lists the parts of one organisation, or of all when it is empty, that
// have not ended.
func (v *View) Parts(organisation string) ([]Part, error) {
	return v.parts("WHERE ended = 0 AND ($1 = '' OR organisation = $1) ORDER BY organisation, code_key, id", organisation)
}

// Part finds a part by its id, ended or not.
func (v *View) Part(id string) (Part, error) { return firstOf(v.parts("WHERE id = $1", id)) }

func (v *View) parts(which string, args ...any) ([]Part, error) {
	var all []Part
	err := v.each("list parts", "SELECT id, organisation, code, code_key, name, ended FROM parts "+which, args,
		func(rows scanner) error {
			var p Part
			err := rows.Scan(&p.ID, &p.Organisation, &p.Code, &p.CodeKey, &p.Name, &p.Ended)
			all = append(all, p)
			return err
		})
	return all, err
}

// AddPart adds a part.
func (tx *Tx) AddPart(p Part) error {
	_, err := tx.exec("add a part", "INSERT INTO parts (id, organisation, code, code_key, name) VALUES ($1, $2, $3, $4, $5)",
		p.ID, p.Organisation, p.Code, p.CodeKey, p.Name)
	return err
}

// SetPart replaces code and name of a part that has not ended.
func (tx *Tx) SetPart(p Part) error {
	return tx.must("change a part", "UPDATE parts SET code = $2, code_key = $3, name = $4 WHERE id = $1 AND ended = 0",
		p.ID, p.Code, p.CodeKey, p.Name)
}

// EndPart ends a part, and what was granted and mandated for it.
func (tx *Tx) EndPart(id string, now int64) error {
	const doing = "end a part"
	if err := tx.must(doing, "UPDATE parts SET ended = $2 WHERE id = $1 AND ended = 0", id, now); err != nil {
		return err
	}
	if _, err := tx.exec(doing, "DELETE FROM grants WHERE part = $1", id); err != nil {
		return err
	}
	_, err := tx.exec(doing, "DELETE FROM mandates WHERE part = $1", id)
	return err
}
