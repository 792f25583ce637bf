package assets

import _ "embed" // for the icon

//go:embed icon/sleutelbos-256.png
var icon []byte

// Icon is the program's icon, a PNG of 256 by 256 pixels.
func Icon() []byte { return icon }
