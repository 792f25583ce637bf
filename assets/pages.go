package assets

import (
	"embed"
	"io/fs"
)

//go:embed pages
var pages embed.FS

// Pages are the templates, the style and the script of the server's pages.
func Pages() fs.FS {
	sub, err := fs.Sub(pages, "pages")
	if err != nil {
		return pages // the name above is a folder, so this cannot be
	}
	return sub
}
