// Package assets holds what the programs show rather than do: the icon, the
// texts in Dutch and English, and the lookup that finds a text in the reader's
// language.
package assets
