package powercut

import (
	"fmt"
	"path"
	"strings"
)

// begin applies an operation as soon as it may have an effect.
func (d *Disk) begin(e event) error {
	op := e.op
	switch op.Kind {
	case Open:
		return d.open(op)
	case Write, Truncate:
		return d.change(op)
	case Rename:
		return d.rename(op)
	case Remove:
		return d.link(op, op.Path, nil)
	case Mkdir:
		return d.link(op, op.Path, newFolder(d.number))
	case Socket:
		return d.link(op, op.Path, &node{kind: Socket, number: d.number})
	case Sync:
		target, err := d.find(op.Path)
		e.sync.target = target
		return err
	case Seek:
		if file, err := d.find(op.Path); err == nil { // One that the run did not make can only be read.
			file.appended = -1
		}
		return nil
	}
	return fmt.Errorf("no such operation")
}

func (d *Disk) find(name string) (*node, error) {
	found := d.root
	if name == "." {
		return found, nil
	}
	for element := range strings.SplitSeq(name, "/") {
		found = found.names[element]
		if found == nil {
			return nil, fmt.Errorf("%s is not there", name)
		}
	}
	return found, nil
}

func (d *Disk) open(op Op) error {
	found, err := d.find(op.Path)
	switch {
	case err != nil && op.Create:
		file := &node{kind: Open, number: d.number}
		d.files = append(d.files, file)
		return d.link(op, op.Path, file)
	case err != nil:
		return err
	case op.Clear:
		found.changes = append(found.changes, &change{number: d.number, resize: true, end: op.End})
		found.appended = 0
	}
	return nil
}

func (d *Disk) change(op Op) error {
	file, err := d.find(op.Path)
	if err != nil {
		return err
	}
	if file.kind != Open {
		return fmt.Errorf("it is no file")
	}
	made := &change{number: d.number, data: op.Data, offset: op.Offset, end: op.End}
	switch {
	case op.Kind == Truncate:
		made.offset, made.resize = op.Size, true
	case op.Offset != Append:
		file.appended = -1
	case file.appended < 0: // The trace does not say where a descriptor stands.
		return fmt.Errorf("it is written without an offset after a seek or a write at one")
	default:
		made.offset = file.appended
		file.appended += int64(len(op.Data))
	}
	file.changes = append(file.changes, made)
	return nil
}

func (d *Disk) rename(op Op) error {
	moved, err := d.find(op.Path)
	if err != nil {
		return err
	}
	if err := d.link(op, op.To, moved); err != nil {
		return err
	}
	return d.link(op, op.Path, nil)
}

// link changes an entry.
func (d *Disk) link(op Op, name string, target *node) error {
	folder, err := d.find(path.Dir(name))
	if err != nil {
		return err
	}
	if folder.kind != Mkdir {
		return fmt.Errorf("%s is no folder", path.Dir(name))
	}
	if target == nil && folder.names[path.Base(name)] == nil {
		return fmt.Errorf("%s is not there", name)
	}
	folder.names[path.Base(name)] = target
	if target == nil {
		delete(folder.names, path.Base(name))
	}
	d.links = append(d.links, &link{number: d.number, folder: folder, name: path.Base(name), target: target, end: op.End})
	return nil
}
