package cli

import (
	"fmt"
	"strings"

	"stakeout/bot"
	"stakeout/message"
)

// lister prints channels as they come to be known: somebody waits for the next
// one.
type lister struct {
	s       *session
	format  format
	mask    func(string) string
	printer *printer
	told    map[string]string // what was said of a channel last
}

func newLister(s *session, f format, mask func(string) string) *lister {
	return &lister{s: s, format: f, mask: mask, told: map[string]string{},
		printer: newPrinter(s.Out, f, "source", "id", "listed", "type", "server", "server_id", "name", "missing")}
}

// emit prints a channel that was not told of yet, or of which there is news.
func (l *lister) emit(v bot.Visible) error {
	v.Name, v.Server = l.mask(v.Name), l.mask(v.Server)
	missing := strings.Join(v.Missing, ", ")
	key, all := v.Source+"\x00"+v.ID, fmt.Sprint(v.Listed, v.Name, missing)
	if l.told[key] == all {
		return nil
	}
	l.told[key] = all
	if l.format != "table" {
		if err := l.printer.row(v, v.Source, v.ID, yesNo(v.Listed), v.Type, v.Server, v.ServerID, v.Name, missing); err != nil {
			return err
		}
		if l.format == "csv" {
			l.printer.csv.Flush()
		}
		return l.printer.out.Flush()
	}
	if len(l.told) == 1 {
		fmt.Fprintf(l.s.Out, visibleLine, "SOURCE", "ID", "LISTED", "TYPE", "NAME")
	}
	name := strings.TrimPrefix(v.Server+" / "+v.Name, " / ")
	if missing != "" {
		name += "  (lacks: " + missing + ")"
	}
	_, err := fmt.Fprintf(l.s.Out, visibleLine, oneLine(v.Source), oneLine(v.ID), yesNo(v.Listed), oneLine(v.Type), oneLine(name))
	return err
}

// visibleLine has fixed columns, wide enough for a snowflake: a table that
// measures itself could not be printed as it grows.
const visibleLine = "%-9s %-20s %-7s %-16s %s\n"

func (l *lister) close() error {
	if l.format != "table" {
		return l.printer.close()
	}
	if len(l.told) == 0 {
		fmt.Fprintln(l.s.Err, "no channel was seen")
	}
	return nil
}

func same(id string) func(message.Channel) bool {
	return func(c message.Channel) bool { return c.ID == id }
}
