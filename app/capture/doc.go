// Package capture fetches pictures from where people have them: the screen, the
// clipboard and a camera. It reads no QR code in them; package scan does.
//
// X11 is read by our own few lines over its protocol, so that nothing more is
// linked in: the library for it shares the picture in memory that every user of
// the machine may look at, and the one for the clipboard needs a system library
// at run time and ends the program without it. Windows and macOS are read by
// those libraries. Under Wayland and in a sandbox a program sees no screen but
// its own; there the desktop's portal makes a picture and asks the person. The
// portal is spoken with directly, because the library cannot tell a person who
// cancels from a desktop that refuses, and cannot be stopped.
package capture
