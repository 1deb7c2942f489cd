package font

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sample must be covered by a font that is found without being configured.
const sample = "合同签章小山层时间原因 0123456789-:ABCabc"

// preferred are the files of Chinese fonts with TrueType outlines, best first, below the folders of a system. Noto
// Sans CJK is not among them: its outlines are PostScript.
var preferred = []string{
	"truetype/droid/DroidSansFallbackFull.ttf", // fonts-droid-fallback
	"truetype/wqy/wqy-microhei.ttc",            // fonts-wqy-microhei
	"truetype/wqy/wqy-zenhei.ttc",              // fonts-wqy-zenhei
	"truetype/arphic-gbsn00lp/gbsn00lp.ttf",    // fonts-arphic-gbsn00lp
	"truetype/arphic/uming.ttc",                // fonts-arphic-uming
	"truetype/arphic/ukai.ttc",                 // fonts-arphic-ukai
}

// copied are the names of fonts that people bring along from elsewhere.
var copied = []string{"NotoSansSC-Regular.ttf", "simhei.ttf", "simsun.ttc", "msyh.ttc", "DroidSansFallbackFull.ttf"}

// Find opens the configured font file; without one it looks where Debian keeps Chinese TrueType fonts.
func Find(configured string) (*Font, error) {
	if configured != "" {
		return Open(configured)
	}
	return findIn("/usr/share/fonts", "/usr/local/share/fonts")
}

func findIn(folders ...string) (*Font, error) {
	refused := []error{ErrNone}
	for _, file := range candidates(folders) {
		f, err := Open(file)
		if err == nil {
			err = f.Check(sample)
		}
		if err == nil {
			return f, nil
		}
		refused = append(refused, err)
	}
	return nil, fmt.Errorf("find a font below %s: %w", strings.Join(folders, ", "), errors.Join(refused...))
}

func candidates(folders []string) []string {
	var found []string
	for _, folder := range folders {
		for _, name := range preferred {
			if file := filepath.Join(folder, name); regular(file) {
				found = append(found, file)
			}
		}
	}
	if len(found) > 0 {
		return found
	}
	for _, folder := range folders {
		found = append(found, walk(folder)...)
	}
	return found
}

func regular(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular()
}

// walk looks for fonts that somebody copied to a place of their own.
func walk(folder string) []string {
	var found []string
	visit := func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fs.SkipDir // Folders that cannot be read hold no font for us.
		}
		for _, name := range copied {
			if strings.EqualFold(entry.Name(), name) {
				found = append(found, path)
			}
		}
		return nil
	}
	if err := filepath.WalkDir(folder, visit); err != nil {
		return nil
	}
	return found
}
