package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// look is the product's theme over Fyne's default: petrol, warm white, amber.
// Light or dark follows the system.
type look struct{ fyne.Theme }

// Theme is the product's theme.
func Theme() fyne.Theme { return look{theme.DefaultTheme()} }

func rgb(hex uint32) color.Color {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

func translucent(hex uint32, alpha uint8) color.Color {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: alpha}
}

// Names of colours of our own.
const (
	colorCard  fyne.ThemeColorName = "sleutelbos-card"
	colorMuted fyne.ThemeColorName = "sleutelbos-muted"
	colorSoon  fyne.ThemeColorName = "sleutelbos-soon"  // little time left
	colorRing  fyne.ThemeColorName = "sleutelbos-ring"  // around what has the focus
	colorTrack fyne.ThemeColorName = "sleutelbos-track" // of the ring
)

var lightColors = map[fyne.ThemeColorName]color.Color{
	theme.ColorNameBackground:          rgb(0xf4f1ea),
	theme.ColorNameForeground:          rgb(0x12262b),
	theme.ColorNamePrimary:             rgb(0x0f5c6e),
	theme.ColorNameForegroundOnPrimary: rgb(0xffffff),
	theme.ColorNameHyperlink:           rgb(0x0f5c6e),
	theme.ColorNameButton:              rgb(0xe4e0d6),
	theme.ColorNameInputBackground:     rgb(0xffffff),
	theme.ColorNameInputBorder:         rgb(0x7b8a8d),
	theme.ColorNamePlaceHolder:         rgb(0x5d6c70),
	theme.ColorNameDisabled:            rgb(0x5d6c70),
	theme.ColorNameFocus:               translucent(0xf2a65a, 0xb0),
	theme.ColorNameHover:               translucent(0x0f5c6e, 0x14),
	theme.ColorNameSelection:           translucent(0x0f5c6e, 0x33),
	theme.ColorNameError:               rgb(0xa9231d),
	theme.ColorNameWarning:             rgb(0x8a5200),
	theme.ColorNameSuccess:             rgb(0x1c6b3c),
	theme.ColorNameSeparator:           rgb(0xdcd7ca),
	theme.ColorNameOverlayBackground:   rgb(0xfbf9f5),
	theme.ColorNameMenuBackground:      rgb(0xfbf9f5),
	colorCard:                          rgb(0xfdfcf9),
	colorMuted:                         rgb(0x52636a),
	colorSoon:                          rgb(0xc2600a),
	colorTrack:                         rgb(0xdcd7ca),
	colorRing:                          rgb(0xd9700f),
	theme.ColorNameDisabledButton:      rgb(0xebe7de),
}

var darkColors = map[fyne.ThemeColorName]color.Color{
	theme.ColorNameBackground:          rgb(0x10191c),
	theme.ColorNameForeground:          rgb(0xeceae4),
	theme.ColorNamePrimary:             rgb(0x63bcc9),
	theme.ColorNameForegroundOnPrimary: rgb(0x06222a),
	theme.ColorNameHyperlink:           rgb(0x7fcbd6),
	theme.ColorNameButton:              rgb(0x26363b),
	theme.ColorNameInputBackground:     rgb(0x182428),
	theme.ColorNameInputBorder:         rgb(0x6f8287),
	theme.ColorNamePlaceHolder:         rgb(0x9fb0b4),
	theme.ColorNameDisabled:            rgb(0x9fb0b4),
	theme.ColorNameFocus:               translucent(0xf2a65a, 0xb0),
	theme.ColorNameHover:               translucent(0xffffff, 0x14),
	theme.ColorNameSelection:           translucent(0x63bcc9, 0x44),
	theme.ColorNameError:               rgb(0xff9c93),
	theme.ColorNameWarning:             rgb(0xf2b56b),
	theme.ColorNameSuccess:             rgb(0x7fd3a0),
	theme.ColorNameSeparator:           rgb(0x2b3b40),
	theme.ColorNameOverlayBackground:   rgb(0x223238), // lighter than the cards it lies over
	theme.ColorNameMenuBackground:      rgb(0x223238),
	colorCard:                          rgb(0x19262a),
	colorMuted:                         rgb(0xa3b3b7),
	colorSoon:                          rgb(0xf2a65a),
	colorTrack:                         rgb(0x2b3b40),
	colorRing:                          rgb(0xf2a65a),
	theme.ColorNameDisabledButton:      rgb(0x1f2d31),
}

// Color gives the product's colour, or Fyne's where it has none.
func (l look) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	own := lightColors
	if variant == theme.VariantDark {
		own = darkColors
	}
	if c, ok := own[name]; ok {
		return c
	}
	return l.Theme.Color(name, variant)
}

// emptyBox is a check box with nothing in it. Fyne's has a line so thin that the
// box is hardly seen on a screen of common density.
var emptyBox = fyne.NewStaticResource("box.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"><path fill="#000" fill-rule="evenodd" d="M4 2.4h16a1.6 1.6 0 0 1 1.6 1.6v16a1.6 1.6 0 0 1-1.6 1.6h-16a1.6 1.6 0 0 1-1.6-1.6v-16a1.6 1.6 0 0 1 1.6-1.6zM4.2 4.2v15.6h15.6v-15.6z"/></svg>`))

// Icon gives Fyne's icons, but for the empty box.
func (l look) Icon(name fyne.ThemeIconName) fyne.Resource {
	if name == theme.IconNameCheckButton {
		return theme.NewThemedResource(emptyBox)
	}
	return l.Theme.Icon(name)
}

// Size gives room to breathe and type that reads well at arm's length.
func (l look) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return 15
	case theme.SizeNameCaptionText:
		return 13
	case theme.SizeNameHeadingText:
		return 25
	case theme.SizeNameSubHeadingText:
		return 18
	case theme.SizeNameInputRadius, theme.SizeNameButtonRadius, theme.SizeNameCardRadius, theme.SizeNameSelectionRadius:
		return 8
	case theme.SizeNameInnerPadding:
		return 9
	case theme.SizeNameInputBorder:
		return 1.5 // one dot wide it lies between two, and is half as clear
	}
	return l.Theme.Size(name)
}

// shade is a colour of the theme as it is now; what is drawn by hand asks again
// when it is refreshed.
func shade(name fyne.ThemeColorName) color.Color {
	return theme.Color(name)
}
