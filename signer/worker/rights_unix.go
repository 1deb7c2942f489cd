//go:build unix

package worker

import (
	"net"
	"os"
	"syscall"

	"contractd/signer/child"
)

// alone says whether files are judged in this process, for want of a way to hand them to a child.
const alone = false

// rightsSpace is what the descriptors of one task need beside its header.
var rightsSpace = syscall.CmsgSpace(4 * maxFiles)

// socketPair returns a connection for this process and its other end for a child.
func socketPair() (*net.UnixConn, *os.File, error) { return child.Pair() }

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
