package config

import (
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// lines maps the path of each key and table of a file to its line, from 1.
type lines map[string]int

// of returns the line of the key, else that of the nearest table above it, else 0.
func (l lines) of(key string) int {
	for ; key != ""; key = parent(key) {
		if line, ok := l[key]; ok {
			return line
		}
	}
	return 0
}

// parent returns the path of the table or list that a key stands in.
func parent(key string) string { return key[:max(0, strings.LastIndexAny(key, ".["))] }

// surveyor walks a document and notes where each key stands.
type surveyor struct {
	parser   unstable.Parser
	newlines []int
	counts   map[string]int // of the tables of each array of tables
	lines    lines
}

func findLines(text []byte) (lines, error) {
	s := &surveyor{counts: map[string]int{}, lines: lines{}}
	for i, b := range text {
		if b == '\n' {
			s.newlines = append(s.newlines, i)
		}
	}
	s.parser.Reset(text)
	table := ""
	for s.parser.NextExpression() {
		node := s.parser.Expression()
		switch node.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = s.enter(node)
		case unstable.KeyValue:
			s.keyValue(table, node)
		}
	}
	return s.lines, s.parser.Error()
}

// enter notes a table and returns its path with the indexes of the arrays that it stands in.
func (s *surveyor) enter(node *unstable.Node) string {
	path := ""
	for it := node.Key(); it.Next() && len(path) < maxPath; {
		path = join(path, string(it.Node().Data))
		s.note(path, it.Node().Raw)
		if it.IsLast() && node.Kind == unstable.ArrayTable {
			s.counts[path]++
		}
		if n := s.counts[path]; n > 0 {
			path = index(path, n-1)
			s.note(path, it.Node().Raw)
		}
	}
	return path
}

func (s *surveyor) keyValue(table string, node *unstable.Node) {
	path := table
	for it := node.Key(); it.Next() && len(path) < maxPath; {
		path = join(path, string(it.Node().Data))
		s.note(path, it.Node().Raw)
	}
	s.value(path, node.Value())
}

func (s *surveyor) value(path string, node *unstable.Node) {
	if len(path) >= maxPath {
		return
	}
	switch node.Kind {
	case unstable.InlineTable:
		for it := node.Children(); it.Next(); {
			s.keyValue(path, it.Node())
		}
	case unstable.Array:
		i := 0
		for it := node.Children(); it.Next(); i++ {
			element := index(path, i)
			s.note(element, it.Node().Raw)
			s.value(element, it.Node())
		}
	}
}

// note keeps the first place of a path. Some kinds of node have no place of their own.
func (s *surveyor) note(path string, at unstable.Range) {
	if _, ok := s.lines[path]; ok || at.Length == 0 {
		return
	}
	s.lines[path] = 1 + sort.SearchInts(s.newlines, int(at.Offset))
}

// Longer keys and paths are none of ours. Without a bound, a file of one long key would cost the square of its size.
const (
	maxKey  = 64
	maxPath = 256
)

func join(path, key string) string {
	if len(key) > maxKey {
		key = strings.ToValidUTF8(key[:maxKey], "") + "…"
	}
	if strings.ContainsFunc(key, func(r rune) bool { return !strconv.IsPrint(r) }) {
		key = strconv.Quote(key) // a fault is one line
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
