//go:build unix

package worker

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// alone says whether files are judged in this process, for want of a way to hand them to a child.
const alone = false

// rightsSpace is what the descriptors of one task need beside its header.
var rightsSpace = syscall.CmsgSpace(4 * maxFiles)

// socketPair returns a connection for this process and its other end for a child.
func socketPair() (*net.UnixConn, *os.File, error) {
	syscall.ForkLock.RLock() // No child may inherit them by chance.
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(pair[0])
		syscall.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("make a pair of sockets: %w", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "worker")
	ours, err := connection(os.NewFile(uintptr(pair[0]), "parent"))
	if err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return ours, theirs, nil
}

// rightsOf is the message that hands descriptors over (SCM_RIGHTS, unix(7)).
func rightsOf(files []*os.File) []byte {
	var descriptors []int
	for _, file := range files {
		descriptors = append(descriptors, int(file.Fd()))
	}
	if len(descriptors) == 0 {
		return nil
	}
	return syscall.UnixRights(descriptors...)
}

func descriptorsIn(rights []byte) ([]*os.File, error) {
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for i := range messages {
		descriptors, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			closeAll(files)
			return nil, err
		}
		for _, descriptor := range descriptors {
			files = append(files, os.NewFile(uintptr(descriptor), "document"))
		}
	}
	return files, nil
}
