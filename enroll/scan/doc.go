// Package scan goes between pictures and texts by QR codes (ISO/IEC 18004): a
// picture in, the texts of its codes out ([Read], [ReadFile]); a text in, a
// code drawn ([Draw], [DrawTerminal]).
//
// Pictures come as people have them: a screenshot with a small code somewhere,
// a photograph of a letter, a dark theme's light code on dark ground. The
// reader climbs a ladder of treatments, cheapest first, and stops at the first
// that yields a code. A clean screenshot costs some tens of milliseconds, a
// large picture without any code can cost seconds, so callers with a window
// read on a goroutine of their own.
//
// A code is read as its error correction proves it or not at all. Where a
// series of codes holds one text in parts (structured append, §8), no part is
// given out, because half a text is a wrong text.
package scan
