package worker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// errTooMuch says that the other side wanted to say more than is read.
var errTooMuch = errors.New("more than the limit")

const (
	headerSize = 8 // Length of the JSON text, number of descriptors.
	maxFiles   = 2 // Of one task.
)

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

// connection makes a connection of a socket, and closes that.
func connection(socket *os.File) (*net.UnixConn, error) {
	conn, err := net.FileConn(socket)
	if err := errors.Join(err, socket.Close()); err != nil {
		return nil, err
	}
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(errors.New("not a Unix socket"), conn.Close())
	}
	return unixConn, nil
}

// send writes a value as JSON with descriptors beside its header.
func send(conn *net.UnixConn, value any, files []*os.File) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var header [headerSize]byte
	binary.LittleEndian.PutUint32(header[:], uint32(len(text)))
	binary.LittleEndian.PutUint32(header[4:], uint32(len(files)))
	var descriptors []int
	for _, file := range files {
		descriptors = append(descriptors, int(file.Fd()))
	}
	var rights []byte
	if len(descriptors) > 0 {
		rights = syscall.UnixRights(descriptors...)
	}
	if n, _, err := conn.WriteMsgUnix(header[:], rights, nil); err != nil || n != headerSize {
		return errors.Join(err, io.ErrShortWrite)
	}
	_, err = conn.Write(text)
	return err
}

// receive reads a value and the descriptors beside it; io.EOF means that the other side has gone.
func receive(conn *net.UnixConn, value any, limit int64) ([]*os.File, error) {
	var header [headerSize]byte
	rights := make([]byte, syscall.CmsgSpace(4*maxFiles))
	n, rightsSize, _, _, err := conn.ReadMsgUnix(header[:], rights)
	if err == nil && n == 0 {
		err = io.EOF
	}
	if err != nil {
		return nil, err
	}
	files, err := descriptorsIn(rights[:rightsSize])
	if err == nil {
		_, err = io.ReadFull(conn, header[n:])
	}
	length := int64(binary.LittleEndian.Uint32(header[:]))
	switch {
	case err != nil:
	case length > limit:
		err = errTooMuch
	case int(binary.LittleEndian.Uint32(header[4:])) != len(files):
		err = fmt.Errorf("%d descriptors came", len(files))
	default:
		text := make([]byte, length)
		if _, err = io.ReadFull(conn, text); err == nil {
			err = json.Unmarshal(text, value)
		}
	}
	if err != nil {
		closeAll(files)
		return nil, err
	}
	return files, nil
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
