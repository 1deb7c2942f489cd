package child

import (
	"os/exec"
	"syscall"
)

// ownGroup is nothing here: no program that contractd starts on Windows starts another.
func ownGroup() *syscall.SysProcAttr { return nil }

// killGroup ends the child.
func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }
