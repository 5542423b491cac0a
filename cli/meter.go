package cli

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"
)

// meter shows progress: a bar on a terminal, else a plain line a second.
type meter struct {
	s          *session
	what, unit string
	bar        *progressbar.ProgressBar
	last       time.Time
}

func (s *session) newMeter(what, unit string) *meter {
	return &meter{s: s, what: what, unit: unit, last: time.Now()}
}

// show tells how far it is; total 0 means that nobody knows.
func (m *meter) show(done, total int64, note string) {
	if !m.s.Terminal {
		if time.Since(m.last) < time.Second {
			return
		}
		m.last = time.Now()
		of := ""
		if total > 0 {
			of = fmt.Sprintf(" of %d", total)
		}
		fmt.Fprintf(m.s.Err, "%s: %d%s %s%s\n", m.what, done, of, m.unit, note)
		return
	}
	if m.bar == nil {
		most := total
		if most == 0 {
			most = -1
		}
		m.bar = progressbar.NewOptions64(most,
			progressbar.OptionSetWriter(m.s.Err), progressbar.OptionSetDescription(m.what), progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionShowBytes(m.unit == "bytes"))
	}
	m.bar.Describe(m.what + note)
	_ = m.bar.Set64(done) // a bar that cannot be drawn stops nothing
}

func (m *meter) end() {
	if m.bar != nil {
		_ = m.bar.Finish()
	}
}
