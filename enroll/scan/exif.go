package scan

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation is how a JPEG picture is to be turned to stand upright, as the
// phone that took it noted (Exif 2.3, tag 0x0112): 1 as it is, to 8.
func orientation(content []byte) int {
	if !bytes.HasPrefix(content, []byte{0xff, 0xd8}) {
		return 1
	}
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		marker, length := content[at+1], int(binary.BigEndian.Uint16(content[at+2:]))
		if marker == 0xda || length < 2 || at+2+length > len(content) { // the picture itself begins
			return 1
		}
		segment := content[at+4 : at+2+length]
		if marker == 0xe1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
			return exifOrientation(segment[6:])
		}
		at += 2 + length
	}
	return 1
}

func exifOrientation(tiff []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.HasPrefix(tiff, []byte("MM")) {
		order = binary.BigEndian
	}
	if len(tiff) < 8 {
		return 1
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	entries := int(order.Uint16(tiff[at:]))
	for i := range entries {
		from := at + 2 + 12*uint64(i)
		if from+12 > uint64(len(tiff)) {
			return 1
		}
		if order.Uint16(tiff[from:]) == 0x0112 {
			if v := int(order.Uint16(tiff[from+8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
	}
	return 1
}

// upright is where a rectangle of the stored picture lies once the picture is
// shown as it was noted. Reading codes needs no turning: they are read from any
// side, and mirrored too.
func upright(r image.Rectangle, size image.Point, orientation int) image.Rectangle {
	w, h := size.X, size.Y
	turn := func(p image.Point) image.Point {
		switch orientation {
		case 2:
			return image.Pt(w-p.X, p.Y)
		case 3:
			return image.Pt(w-p.X, h-p.Y)
		case 4:
			return image.Pt(p.X, h-p.Y)
		case 5:
			return image.Pt(p.Y, p.X)
		case 6:
			return image.Pt(h-p.Y, p.X)
		case 7:
			return image.Pt(h-p.Y, w-p.X)
		case 8:
			return image.Pt(p.Y, w-p.X)
		}
		return p
	}
	return image.Rectangle{turn(r.Min), turn(r.Max)}.Canon()
}
