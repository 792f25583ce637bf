// Package scan goes between pictures and texts by QR codes (ISO/IEC 18004): a
// picture in, the texts of its codes out ([Read], [ReadFile]); a text in, a
// code drawn ([Draw], [DrawTerminal]).
//
// Pictures come as people have them: a screenshot with a small code somewhere,
// a photograph of a letter, a dark theme's light code on dark ground. The
// reader looks for corner patterns at several scales and in several treatments,
// cheapest first ([Read], ladder.go). Where a pattern really lies (prove.go),
// three of them are grouped (triple.go), the grid is laid over them by what is
// fixed about a code (climb.go), its modules are judged by their surroundings
// (modules.go, equalise.go) and put right by their check codewords, doubtful
// ones first given up (decode.go, galois.go). What the data then say is read by
// gozxing. A picture without a code stops where no patterns are.
//
// A code is read as its error correction proves it or not at all. Where a
// series of codes holds one text in parts (structured append, §8), no part is
// given out, because half a text is a wrong text.
package scan
