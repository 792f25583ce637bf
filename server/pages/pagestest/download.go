package pagestest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Download presses a button or link that answers with a file, waits until the
// browser has kept it, and gives its path. It goes with the test.
func (tab *Tab) Download(text string) string {
	tab.t.Helper()
	folder := tab.t.TempDir()
	call(tab, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: "allow", DownloadPath: folder, BrowserContextID: chromedp.FromContext(tab.context).BrowserContextID,
	})
	tab.Click(text)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		found, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil {
			tab.t.Fatal(err)
		}
		for _, path := range found { // under another name until it is whole
			info, err := os.Stat(path)
			if err == nil && info.Size() > 0 && !strings.HasSuffix(path, ".crdownload") && !strings.HasPrefix(filepath.Base(path), ".") {
				return path
			}
		}
	}
	tab.t.Fatalf("%q gives no file at %s", text, tab.Path())
	return ""
}

// Upload chooses a file of this content in the page's one field for a file.
func (tab *Tab) Upload(name, content string) {
	tab.t.Helper()
	quoted, _ := json.Marshal([]string{name, content}) // texts always can be
	if got := tab.evaluate(`(([name, content]) => { const e = document.querySelector("input[type=file]"), d = new DataTransfer();
		if (!e) return "no"; d.items.add(new File([content], name)); e.files = d.files; return "yes" })(` + string(quoted) + ")"); got != "yes" {
		tab.t.Fatalf("%s takes no file", tab.Path())
	}
}
