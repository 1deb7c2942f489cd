package worker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// errTooMuch says that the other side wanted to say more than is read.
var errTooMuch = errors.New("more than the limit")

const (
	headerSize = 8 // Length of the JSON text, number of descriptors.
	maxFiles   = 2 // Of one task.
)

// send writes a value as JSON with descriptors beside its header.
func send(conn *net.UnixConn, value any, files []*os.File) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var header [headerSize]byte
	binary.LittleEndian.PutUint32(header[:], uint32(len(text)))
	binary.LittleEndian.PutUint32(header[4:], uint32(len(files)))
	if n, _, err := conn.WriteMsgUnix(header[:], rightsOf(files), nil); err != nil || n != headerSize {
		return errors.Join(err, io.ErrShortWrite)
	}
	_, err = conn.Write(text)
	return err
}

// receive reads a value and the descriptors beside it; io.EOF means that the other side has gone.
func receive(conn *net.UnixConn, value any, limit int64) ([]*os.File, error) {
	var header [headerSize]byte
	rights := make([]byte, rightsSpace)
	n, used, _, _, err := conn.ReadMsgUnix(header[:], rights)
	if err == nil && n == 0 {
		err = io.EOF
	}
	if err != nil {
		return nil, err
	}
	files, err := descriptorsIn(rights[:used])
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
