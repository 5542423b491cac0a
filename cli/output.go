package cli

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"stakeout/text"
)

// format is the value of -o.
type format string

var formats = []string{"table", "json", "jsonl", "csv"}

func (f *format) String() string { return string(*f) }
func (f *format) Type() string   { return "format" }
func (f *format) Set(v string) error {
	for _, known := range formats {
		if v == known {
			*f = format(v)
			return nil
		}
	}
	return fmt.Errorf("want one of %s", strings.Join(formats, ", "))
}

// notNegative checks --limit.
func notNegative(limit int) error {
	if limit < 0 {
		return usagef("--limit: want 0 for all, or a number, not %d", limit)
	}
	return nil
}

func outputFlag(cmd *cobra.Command) *format {
	f := format("table")
	cmd.Flags().VarP(&f, "output", "o", "output format: "+strings.Join(formats, ", "))
	return &f
}

// printer writes rows in one of the formats, as they come. Cells are escaped
// for where they go: a terminal, a spreadsheet.
type printer struct {
	format  format
	out     *bufio.Writer
	table   *tabwriter.Writer
	csv     *csv.Writer
	columns []string
	rows    int
}

func newPrinter(w io.Writer, f format, columns ...string) *printer {
	p := &printer{format: f, out: bufio.NewWriter(w), columns: columns}
	p.table = tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	p.csv = csv.NewWriter(p.out)
	return p
}

// row writes one row: cells in the order of the columns for a table or CSV,
// value for JSON.
func (p *printer) row(value any, cells ...string) error {
	p.rows++
	switch p.format {
	case "json", "jsonl":
		b, err := json.Marshal(value)
		if err != nil {
			return err
		}
		lead := ""
		if p.format == "json" {
			lead = ",\n"
			if p.rows == 1 {
				lead = "[\n"
			}
		}
		_, err = fmt.Fprintf(p.out, "%s%s", lead, plainJSON(b))
		if p.format == "jsonl" {
			_, err = p.out.WriteString("\n")
		}
		return err
	case "csv":
		if p.rows == 1 {
			if err := p.csv.Write(p.columns); err != nil {
				return err
			}
		}
		safe := make([]string, len(cells))
		for i, c := range cells {
			safe[i] = csvCell(c)
		}
		return p.csv.Write(safe)
	}
	if p.rows == 1 {
		fmt.Fprintln(p.table, strings.ToUpper(strings.Join(p.columns, "\t")))
	}
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(p.table, "\t")
		}
		fmt.Fprint(p.table, oneLine(c))
	}
	fmt.Fprintln(p.table)
	if p.rows%500 == 0 {
		return p.table.Flush() // columns may shift between blocks; memory stays flat
	}
	return nil
}

func (p *printer) close() error {
	switch p.format {
	case "json":
		end := "\n]\n"
		if p.rows == 0 {
			end = "[]\n"
		}
		if _, err := p.out.WriteString(end); err != nil {
			return err
		}
	case "csv":
		if p.rows == 0 {
			if err := p.csv.Write(p.columns); err != nil {
				return err
			}
		}
		p.csv.Flush()
		if err := p.csv.Error(); err != nil {
			return err
		}
	case "table":
		if err := p.table.Flush(); err != nil {
			return err
		}
	}
	return p.out.Flush()
}

// oneLine makes text fit for one cell of a terminal's table.
func oneLine(s string) string {
	return text.Terminal(strings.NewReplacer("\r\n", " ⏎ ", "\n", " ⏎ ", "\t", " ").Replace(s))
}

// csvCell makes text fit for a cell of a spreadsheet, and, since CSV is also
// looked at in a terminal, for that. JSON output has it unchanged.
func csvCell(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = text.Terminal(l)
	}
	return text.CSV(strings.Join(lines, "\n"))
}

// plainJSON writes the characters that could turn a terminal's text round, and
// the control characters that JSON lets stand, as JSON's own escapes: the
// value stays the same.
func plainJSON(b []byte) []byte {
	odd := func(r rune) bool {
		return r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x061c || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	}
	if bytes.IndexFunc(b, odd) < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+32)
	for _, r := range string(b) {
		if odd(r) {
			out = fmt.Appendf(out, "\\u%04x", r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
