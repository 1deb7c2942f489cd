package powercut

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Write advances to a cut and writes what the next start may find into a folder that is empty.
func (d *Disk) Write(dir string, cut Cut) error {
	if err := d.Advance(cut.At); err != nil {
		return err
	}
	s := d.survivors(cut)
	if err := write(dir, d.root, d.surviving(s), d.contents(s)); err != nil {
		return fmt.Errorf("write what a power cut leaves: %w", err)
	}
	return nil
}

// surviving returns the entries of all folders.
func (d *Disk) surviving(s *survivors) map[*node]map[string]*node {
	entries := map[*node]map[string]*node{}
	for _, made := range d.links {
		if !made.durable[s.Model] && !s.entry(made) {
			continue
		}
		if entries[made.folder] == nil {
			entries[made.folder] = map[string]*node{}
		}
		if made.target == nil {
			delete(entries[made.folder], made.name)
		} else {
			entries[made.folder][made.name] = made.target
		}
	}
	return entries
}

// contents decides about every file in the order of their making, so that a seed decides alike each time.
func (d *Disk) contents(s *survivors) map[*node][]byte {
	all := map[*node][]byte{}
	for _, file := range d.files {
		content := bytes.Clone(file.content)
		for _, made := range file.changes {
			if made.durable {
				content = made.apply(content)
			} else {
				content = s.apply(made, content)
			}
		}
		all[file] = content
	}
	return all
}

func write(dir string, folder *node, entries map[*node]map[string]*node, contents map[*node][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(entries[folder])) {
		path, found := filepath.Join(dir, name), entries[folder][name]
		var err error
		switch found.kind {
		case Mkdir:
			if err = os.Mkdir(path, 0o700); err == nil {
				err = write(path, found, entries, contents)
			}
		case Socket:
			err = os.NewSyscallError("mknod", syscall.Mknod(path, syscall.S_IFSOCK|0o660, 0))
		default:
			err = os.WriteFile(path, contents[found], 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Load begins with what a folder holds, all of it durable: a run that goes on from an earlier cut. It precedes Advance.
func (d *Disk) Load(dir string) error {
	if err := d.load(dir, d.root); err != nil {
		return fmt.Errorf("load %s: %w", dir, err)
	}
	return nil
}

func (d *Disk) load(dir string, folder *node) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for i, entry := range entries {
		path, found := filepath.Join(dir, entry.Name()), &node{kind: Open, number: -2 - i, appended: -1}
		switch {
		case entry.IsDir():
			found = newFolder(-2 - i)
			err = d.load(path, found)
		case entry.Type()&os.ModeSocket != 0:
			found.kind = Socket
		default:
			found.content, err = os.ReadFile(path)
			d.files = append(d.files, found)
		}
		if err != nil {
			return err
		}
		folder.names[entry.Name()] = found
		d.links = append(d.links, &link{number: -1, folder: folder, name: entry.Name(), target: found, durable: [2]bool{true, true}})
	}
	return nil
}
