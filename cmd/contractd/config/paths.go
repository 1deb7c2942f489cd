package config

import (
	"path/filepath"
	"strconv"
)

// path is one file or folder that the configuration names, and the key by which it does.
type path struct {
	key   string
	value *string
}

// paths returns every path but those of secrets, in the order of the file.
func (c *Config) paths() []path {
	all := []path{
		{"data_dir", &c.DataDir},
		{"socket", &c.Socket},
		{"company.letters", &c.Company.Letters},
		{"mail.imap.ca", &c.Mail.IMAP.CA},
		{"mail.smtp.ca", &c.Mail.SMTP.CA},
		{"api.certificate", &c.API.Certificate},
		{"api.key", &c.API.Key},
	}
	for i := range c.Keys {
		k, at := &c.Keys[i], index("keys", i)
		all = append(all, path{at + ".file", &k.File}, path{at + ".module", &k.Module},
			path{at + ".certificate", &k.Certificate}, path{at + ".chain", &k.Chain})
	}
	all = append(all, path{"seal.font", &c.Seal.Font})
	for i := range c.Seal.Marks {
		all = append(all, path{index("seal.marks", i) + ".image", &c.Seal.Marks[i].Image})
	}
	for i := range c.Timestamp.Roots {
		all = append(all, path{index("timestamp.roots", i), &c.Timestamp.Roots[i]})
	}
	for i := range c.Trust.Roots {
		all = append(all, path{index("trust.roots", i), &c.Trust.Roots[i]})
	}
	for i := range c.Company.Certificates {
		all = append(all, path{index("company.certificates", i), &c.Company.Certificates[i]})
	}
	for i := range c.Trust.Intermediates {
		all = append(all, path{index("trust.intermediates", i), &c.Trust.Intermediates[i]})
	}
	return all
}

// namedSecret is one secret and the key that says where it stands.
type namedSecret struct {
	key    string
	secret *Secret
}

func (c *Config) secrets() []namedSecret {
	all := []namedSecret{
		{"mail.imap.password", &c.Mail.IMAP.Password},
		{"mail.smtp.password", &c.Mail.SMTP.Password},
		{"timestamp.password", &c.Timestamp.Password},
	}
	for i := range c.Keys {
		all = append(all, namedSecret{"keys[" + strconv.Itoa(i) + "].pin", &c.Keys[i].PIN})
	}
	return all
}

// resolvePaths makes relative paths start at the folder of the configuration, wherever the process was started.
func (c *Config) resolvePaths(folder string) {
	for _, p := range c.paths() {
		*p.value = resolve(folder, *p.value)
	}
	for _, s := range c.secrets() {
		s.secret.File = resolve(folder, s.secret.File)
	}
}

func resolve(folder, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(folder, name)
}
