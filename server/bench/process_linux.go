package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// tick is the unit of /proc/PID/stat on every Linux that Go runs on.
const tick = time.Second / 100

// cpuOf is the processor time that a process took so far; 0 when it is not
// known.
func cpuOf(process int) time.Duration {
	if process == 0 {
		return 0
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	if err != nil {
		return 0
	}
	// The name in brackets may hold anything; fields are counted after it.
	fields := bytes.Fields(raw[bytes.LastIndexByte(raw, ')')+1:])
	if len(fields) < 13 {
		return 0
	}
	user, err1 := strconv.ParseInt(string(fields[11]), 10, 64)
	system, err2 := strconv.ParseInt(string(fields[12]), 10, 64)
	if err1 != nil || err2 != nil {
		return 0
	}
	return time.Duration(user+system) * tick
}

// memoryOf is the most memory that a process had resident, in bytes; 0 when it
// is not known.
func memoryOf(process int) int64 {
	if process == 0 {
		return 0
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0
	}
	_, rest, ok := bytes.Cut(raw, []byte("VmHWM:"))
	if fields := bytes.Fields(rest); ok && len(fields) > 0 {
		kilobytes, err := strconv.ParseInt(string(fields[0]), 10, 64)
		if err == nil {
			return kilobytes << 10
		}
	}
	return 0
}
