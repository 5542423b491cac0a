package text

// Nearest gives the known word that s was most likely meant to be, "" when
// none is close: at most one slip for every three letters, and at least two.
func Nearest(s string, known []string) string {
	if len(s) > 64 { // nobody mistypes that much, and the table grows with it
		return ""
	}
	best, least := "", max(2, len(s)/3)+1
	for _, k := range known {
		if d := Distance(s, k); d < least && d < len(k) {
			best, least = k, d
		}
	}
	return best
}

// Distance counts the bytes to insert, delete, replace or swap with their
// neighbour to turn a into b (optimal string alignment).
func Distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
