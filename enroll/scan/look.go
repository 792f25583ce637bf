package scan

import (
	"context"
	"image"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode/detector"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// code is what was read in a treated picture: its text, the middles of three
// of its corner patterns, and how many modules it is wide.
type code struct {
	text                          string
	topLeft, topRight, bottomLeft gozxing.ResultPoint
	modules                       int
}

// looks are the ways to look at one treated picture, in order. The hybrid
// binarizer follows uneven light, the global one suits flat pictures with
// little contrast. Looking for many finds small codes among clutter, looking
// for one forgives more distortion.
var looks = [...]func(context.Context, plane) []code{
	func(ctx context.Context, p plane) []code { return look(ctx, p, gozxing.NewHybridBinarizer, many) },
	func(ctx context.Context, p plane) []code { return look(ctx, p, gozxing.NewHybridBinarizer, one) },
	func(ctx context.Context, p plane) []code {
		return look(ctx, p, gozxing.NewGlobalHistgramBinarizer, many)
	},
	func(ctx context.Context, p plane) []code {
		return look(ctx, p, gozxing.NewGlobalHistgramBinarizer, one)
	},
}

type (
	hints    = map[gozxing.DecodeHintType]any
	detected = common.DetectorResult
	// detectWay yields what may be codes.
	detectWay func(matrix *gozxing.BitMatrix, h hints, yield func(*detected) bool)
)

const (
	// maxCorners bounds the candidates for a corner pattern. Every three of
	// them are tried together, so the work grows with the cube of their number,
	// and a picture made of nothing else would be searched for hours. A screen
	// full of text has ten, a noisy photograph two hundred; at the bound one
	// look takes half a second.
	maxCorners = 250
	// maxTried bounds the candidates for a code, for the same reason.
	maxTried = 2000
)

// look reads the codes of one treated picture. What goes wrong on the way is
// no code.
func look(ctx context.Context, p plane, binarizer func(gozxing.LuminanceSource) gozxing.Binarizer, detect detectWay) (codes []code) {
	// The detectors cannot be told to stop, and index without a check in
	// corners that a hostile picture can reach. Both end here; what was read
	// until then is whole, each code having been proven by its error
	// correction.
	defer func() { _ = recover() }()

	source, err := gozxing.NewPlanarYUVLuminanceSource(p.pix, p.width, p.height, 0, 0, p.width, p.height, false)
	if err != nil {
		return nil
	}
	matrix, err := binarizer(source).GetBlackMatrix()
	if err != nil {
		return nil
	}
	corners, tried := 0, 0
	countCorner := gozxing.ResultPointCallback(func(gozxing.ResultPoint) {
		if corners++; corners > maxCorners || ctx.Err() != nil {
			panic("enough")
		}
	})
	h := hints{
		gozxing.DecodeHintType_TRY_HARDER:                 true,
		gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK: countCorner,
	}
	detect(matrix, h, func(candidate *detected) bool {
		if c, ok := decode(candidate); ok {
			codes = append(codes, c)
		}
		tried++
		return tried < maxTried && ctx.Err() == nil
	})
	return codes
}

// many detects any number of codes.
func many(matrix *gozxing.BitMatrix, h hints, yield func(*detected) bool) {
	callback, _ := h[gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK].(gozxing.ResultPointCallback)
	corners, err := multi.NewMultiFinderPatternFinder(matrix, callback).FindMulti(h)
	if err != nil {
		return
	}
	single := detector.NewDetector(matrix)
	for _, three := range corners {
		// Three corners that belong to different codes give no modules.
		if candidate, err := single.ProcessFinderPatternInfo(three); err == nil && !yield(candidate) {
			return
		}
	}
}

// one detects the most likely code.
func one(matrix *gozxing.BitMatrix, h hints, yield func(*detected) bool) {
	if candidate, err := detector.NewDetector(matrix).Detect(h); err == nil {
		yield(candidate)
	}
}

// decode reads one code out of its modules.
func decode(result *detected) (code, bool) {
	points := result.GetPoints()
	if len(points) < 3 {
		return code{}, false
	}
	// Without a mark of its own a code's bytes are Latin-1 by the standard
	// (§7.3.5) and UTF-8 by usage. Latin-1 text with an accent is not valid
	// UTF-8, so the two can be told apart; guessing among more is how wrong
	// texts come about.
	for _, charset := range []string{"UTF-8", "ISO-8859-1"} {
		modules, err := copyOf(result.GetBits())
		if err != nil {
			return code{}, false
		}
		read, err := decoder.NewDecoder().Decode(modules, hints{gozxing.DecodeHintType_CHARACTER_SET: charset})
		if err != nil || read.HasStructuredAppend() || read.GetText() == "" {
			return code{}, false
		}
		if text := read.GetText(); !strings.ContainsRune(text, utf8.RuneError) {
			return code{
				text: text, bottomLeft: points[0], topLeft: points[1], topRight: points[2],
				modules: result.GetBits().GetWidth(),
			}, true
		}
	}
	return code{}, false
}

// copyOf is for the decoder, which takes off the mask in place.
func copyOf(modules *gozxing.BitMatrix) (*gozxing.BitMatrix, error) {
	copied, err := gozxing.NewBitMatrix(modules.GetWidth(), modules.GetHeight())
	if err != nil {
		return nil, err
	}
	return copied, copied.Xor(modules)
}

// finderMiddle is how far the middle of a corner pattern lies inside the code,
// in modules.
const finderMiddle = 3.5

// bounds is the upright rectangle around the code, rounded outwards, in a
// picture of which one pixel is scale pixels here.
func (c code) bounds(scale float64) image.Rectangle {
	span := float64(c.modules) - 2*finderMiddle
	x, y := c.topLeft.GetX(), c.topLeft.GetY()
	acrossX, acrossY := (c.topRight.GetX()-x)/span, (c.topRight.GetY()-y)/span
	downX, downY := (c.bottomLeft.GetX()-x)/span, (c.bottomLeft.GetY()-y)/span

	minX, minY := math.Inf(1), math.Inf(1)
	maxX, maxY := math.Inf(-1), math.Inf(-1)
	for _, across := range []float64{-finderMiddle, span + finderMiddle} {
		for _, down := range []float64{-finderMiddle, span + finderMiddle} {
			cornerX := (x + across*acrossX + down*downX) / scale
			cornerY := (y + across*acrossY + down*downY) / scale
			minX, maxX = min(minX, cornerX), max(maxX, cornerX)
			minY, maxY = min(minY, cornerY), max(maxY, cornerY)
		}
	}
	return image.Rect(int(math.Floor(minX)), int(math.Floor(minY)), int(math.Ceil(maxX)), int(math.Ceil(maxY)))
}
