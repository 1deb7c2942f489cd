package config

import (
	"fmt"
	"os"
	"path/filepath"
)

// CheckFiles reports each named file that is missing or cannot be read, and each secret that others could read.
// It looks with the rights of the caller, so it is for the user who runs the daemon.
func (c *Config) CheckFiles() Faults {
	r := &report{lines: c.lines}
	for _, p := range c.paths() {
		if *p.value == "" || p.key == "data_dir" || p.key == "socket" {
			continue
		}
		if err := readable(*p.value); err != nil {
			r.addf(p.key, "%v", err)
		}
	}
	for _, s := range c.secrets() {
		file, key := s.secret.File, s.key+".file"
		if s.secret.Credential != "" {
			path, err := s.secret.credentialPath()
			if err != nil {
				r.addf(s.key+".credential", "%v", err)
				continue
			}
			file, key = path, s.key+".credential"
		}
		if file == "" {
			continue
		}
		if _, err := readSecret(file, s.secret.File != ""); err != nil {
			r.addf(key, "%v", err)
		}
	}
	return r.sorted()
}

// readable opens a file, or a folder and each file in it.
func readable(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		entries, err := os.ReadDir(name)
		if err == nil && len(entries) == 0 {
			err = fmt.Errorf("folder %s is empty", filepath.Clean(name))
		}
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return f.Close()
}
