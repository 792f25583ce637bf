//go:build !linux

package server

// inStep tells whether the system says that something keeps its clock in step.
func inStep() bool { return false }
