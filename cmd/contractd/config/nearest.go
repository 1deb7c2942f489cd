package config

// nearest returns the candidate that differs from the key by at most two edits, or "".
func nearest(key string, candidates []string) string {
	best, least := "", 3
	for _, c := range candidates {
		if d := distance(key, c); d < least && d < len(c) {
			best, least = c, d
		}
	}
	return best
}

// distance counts the edits between two words (Levenshtein). Long keys are never typing errors of ours.
func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 40
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
