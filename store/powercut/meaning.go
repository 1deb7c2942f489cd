package powercut

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// meaning returns what a call did below the root, nil where it changed nothing there.
func (p *parser) meaning(c call) (*Op, error) {
	switch c.name {
	case "open", "openat", "creat":
		return p.open(c)
	case "write", "pwrite64":
		return p.write(c)
	case "ftruncate":
		return p.truncate(c)
	case "fsync", "fdatasync":
		return p.sync(c)
	case "lseek":
		return p.seek(c)
	case "rename":
		return p.rename(c, "", c.argument(0), "", c.argument(1))
	case "renameat", "renameat2":
		return p.rename(c, c.argument(0), c.argument(1), c.argument(2), c.argument(3))
	case "unlink", "rmdir":
		return p.named(Remove, "", c.argument(0))
	case "unlinkat":
		return p.named(Remove, c.argument(0), c.argument(1))
	case "mkdir":
		return p.named(Mkdir, "", c.argument(0))
	case "mkdirat":
		return p.named(Mkdir, c.argument(0), c.argument(1))
	case "bind":
		return p.bind(c)
	case "mmap":
		return p.mmap(c)
	}
	return p.foreign(c)
}

// file returns the path of a descriptor below the root; ok is false for any other, and for a file without a name, which
// no power cut brings back.
func (p *parser) file(text string) (name string, ok bool, err error) {
	full, deleted, err := descriptor(text)
	if err != nil || deleted {
		return "", false, err
	}
	name, ok = p.below(full)
	return name, ok, nil
}

// resolve returns the path below the root that a name in a folder means.
func (p *parser) resolve(folder, text string) (name string, ok bool, err error) {
	raw, err := quoted(text)
	if err != nil {
		return "", false, err
	}
	full := string(raw)
	if !path.IsAbs(full) {
		begin, _, err := descriptor(folder)
		if err != nil || begin == "" {
			return "", false, errors.Join(errors.New("a path is relative to nothing"), err)
		}
		full = path.Join(begin, full)
	}
	name, ok = p.below(full)
	return name, ok, nil
}

func (p *parser) open(c call) (*Op, error) {
	name, ok, err := p.file(c.result)
	if err != nil || !ok {
		return nil, err
	}
	flags := strings.Split(c.argument(len(c.arguments)-1), "|")
	if c.name == "openat" {
		flags = strings.Split(c.argument(2), "|")
	}
	op := &Op{Kind: Open, Path: name}
	for _, flag := range flags {
		switch flag {
		case "O_CREAT":
			op.Create = true
		case "O_TRUNC":
			op.Clear = true
		case "O_RDONLY", "O_WRONLY", "O_RDWR", "O_EXCL", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "O_PATH", "O_NOCTTY", "O_LARGEFILE", "O_NOATIME":
		default:
			return nil, fmt.Errorf("flag %q is not modelled", flag)
		}
	}
	if !op.Create && !op.Clear {
		return nil, nil
	}
	return op, nil
}

func (p *parser) write(c call) (*Op, error) {
	name, ok, err := p.file(c.argument(0))
	if err != nil || !ok {
		return nil, err
	}
	data, err := quoted(c.argument(1))
	if err != nil {
		return nil, err
	}
	written, err := call{arguments: []string{c.result}}.number(0)
	if err != nil || written < 0 || written > int64(len(data)) {
		return nil, errors.Join(fmt.Errorf("it wrote %q bytes of %d", c.result, len(data)), err)
	}
	op := &Op{Kind: Write, Path: name, Data: data[:written], Offset: Append}
	if c.name == "pwrite64" {
		op.Offset, err = c.number(3)
		if err == nil && op.Offset < 0 {
			err = errors.New("the offset is negative")
		}
	}
	return op, err
}

func (p *parser) truncate(c call) (*Op, error) {
	name, ok, err := p.file(c.argument(0))
	if err != nil || !ok {
		return nil, err
	}
	size, err := c.number(1)
	if err == nil && size < 0 {
		err = errors.New("the size is negative")
	}
	return &Op{Kind: Truncate, Path: name, Size: size}, err
}

func (p *parser) sync(c call) (*Op, error) {
	name, ok, err := p.file(c.argument(0))
	if err != nil || !ok {
		return nil, err
	}
	return &Op{Kind: Sync, Path: name, DataOnly: c.name == "fdatasync"}, nil
}

func (p *parser) seek(c call) (*Op, error) {
	name, ok, err := p.file(c.argument(0))
	if err != nil || !ok {
		return nil, err
	}
	return &Op{Kind: Seek, Path: name}, nil
}

func (p *parser) rename(c call, fromFolder, from, toFolder, to string) (*Op, error) {
	source, leaves, err := p.resolve(fromFolder, from)
	if err != nil {
		return nil, err
	}
	target, arrives, err := p.resolve(toFolder, to)
	switch {
	case err != nil || !leaves && !arrives:
		return nil, err
	case !leaves || !arrives:
		return nil, errors.New("it moves over the border of the root")
	case c.name == "renameat2" && c.argument(4) != "0":
		return nil, fmt.Errorf("flags %q are not modelled", c.argument(4))
	}
	return &Op{Kind: Rename, Path: source, To: target}, nil
}

func (p *parser) named(kind Kind, folder, text string) (*Op, error) {
	name, ok, err := p.resolve(folder, text)
	if err != nil || !ok {
		return nil, err
	}
	return &Op{Kind: kind, Path: name}, nil
}

// bind makes the file of a socket.
func (p *parser) bind(c call) (*Op, error) {
	_, after, found := strings.Cut(c.argument(1), "sun_path=")
	if !found || strings.HasPrefix(after, "@") { // Of another family, or a socket without a file.
		return nil, nil
	}
	name, ok, err := p.resolve("", strings.TrimSuffix(after, "}"))
	if err != nil || !ok {
		return nil, err
	}
	return &Op{Kind: Socket, Path: name}, nil
}

// mmap must not be a way to write.
func (p *parser) mmap(c call) (*Op, error) {
	_, ok, err := p.file(c.argument(4))
	if err == nil && ok && strings.Contains(c.argument(2), "PROT_WRITE") && strings.Contains(c.argument(3), "MAP_SHARED") {
		err = errors.New("writing through a mapping is not modelled")
	}
	return nil, err
}

// foreign refuses whatever else is done to a file below the root.
func (p *parser) foreign(c call) (*Op, error) {
	for _, argument := range c.arguments {
		_, ok, err := p.file(argument)
		if strings.HasPrefix(argument, `"`) {
			_, ok, err = p.resolve("", argument)
		}
		if err != nil || ok {
			return nil, errors.Join(fmt.Errorf("%s is not modelled", c.name), err)
		}
	}
	if c.name == "sync" {
		return nil, errors.New("sync is not modelled")
	}
	return nil, nil
}
