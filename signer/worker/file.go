package worker

import (
	"io/fs"

	"contractd/workflow"
)

// filed is an open file, or what has one at its core.
type filed interface {
	Fd() uintptr
	Stat() (fs.FileInfo, error)
}

// fileOf returns the file that holds exactly the document, nil where there is none.
func fileOf(document workflow.Document) filed {
	file, ok := document.ReaderAt.(filed)
	if !ok {
		return nil
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() != document.Size {
		return nil
	}
	return file
}
