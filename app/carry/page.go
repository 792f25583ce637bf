package carry

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/png"
	"time"

	"sleutelbos/assets"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

//go:embed page.html
var pageText string

// codeSize is the side of a QR code on the page, in pixels.
const codeSize = 400

// Page writes a page with the QR code and the key of each entry, to be printed
// and kept in a safe place. It needs nothing from elsewhere.
func Page(v *vault.Vault, w assets.Words, now time.Time) (Exported, error) {
	all, left, err := collect(v)
	if err != nil {
		return Exported{}, fmt.Errorf("write the page: %w", err)
	}
	defer wipe(all)
	type shown struct {
		Name, Account, Key string
		Picture            template.URL
	}
	data := struct {
		Language, Title, Lead, Key string
		Entries                    []shown
	}{Language: w.Language(), Title: w.Say("export.page-title"), Lead: w.Say("export.page-lead", "date", now.Format(dayForm)), Key: w.Say("export.page-key")}
	for _, one := range all {
		picture, err := scan.Draw(one.key.Address(), codeSize)
		if err != nil {
			return Exported{}, fmt.Errorf("draw a QR code: %w", err)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, picture); err != nil {
			return Exported{}, fmt.Errorf("draw a QR code: %w", err)
		}
		name := one.key.Issuer
		if name == "" {
			name = one.key.Account
		}
		data.Entries = append(data.Entries, shown{
			Name: name, Account: one.key.Account, Key: one.key.Secret.Base32(),
			Picture: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), //nolint:gosec // made here
		})
	}
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return Exported{}, fmt.Errorf("read the page's form: %w", err)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		return Exported{}, fmt.Errorf("write the page: %w", err)
	}
	return Exported{b.Bytes(), len(all), left}, nil
}
