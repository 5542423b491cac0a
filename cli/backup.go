package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"stakeout/app"
	"stakeout/backup"
	"stakeout/disk"
)

func (s *session) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup DIR", Short: "Copy the ledger, its key and the settings into DIR, also while the service runs", Args: args(cobra.ExactArgs(1)), Annotations: isServed,
		Long: `Copy the database as it stands at one moment, the signing key and the settings
without secrets into DIR, which is made (for its owner alone) or must be empty.
The service goes on meanwhile; while it runs, it is the service that writes DIR.
The search index is not copied: it is rebuilt from the ledger.

Whoever has DIR can read everything unmasked and sign in the ledger's name.
"stakeout restore --check DIR" proves that it is whole.`,
		RunE: func(cmd *cobra.Command, names []string) error { return s.backup(cmd.Context(), names[0]) },
	}
}

func (s *session) backup(ctx context.Context, dir string) (err error) {
	began := time.Now()
	bars := s.newSteps()
	defer bars.end()
	var m backup.Manifest
	if s.Service != nil {
		if err := s.mayMakeFiles(); err != nil {
			return err
		}
		m, err = s.Service.Backup(ctx, s.UID, dir, bars.show)
		if errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			err = fmt.Errorf("%w; the service writes it: as its user, and where its unit lets it (see docs/backup.md)", err)
		}
	} else {
		if dir, err = filepath.Abs(dir); err != nil { // the service's working directory is another
			return err
		}
		cfg, err := s.load()
		if err != nil {
			return err
		}
		m, err = app.BackupAtRest(ctx, cfg, version(), dir, bars.show)
		if elsewhere(cfg, err) {
			s.Args = []string{"backup", "--", dir}
			return s.forward(ctx, cfg, err, nil)
		}
		if err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	bars.end()
	fmt.Fprintf(s.Err, "%s holds %d entries, %s, copied in %v; to prove it: stakeout restore --check %[1]s\n",
		oneLine(dir), m.Entries, disk.Bytes(uint64(m.Bytes())), time.Since(began).Round(10*time.Millisecond))
	return nil
}

// mayMakeFiles lets nobody use the service's rights to write where he may not
// himself: those whom the control socket lets in by their group may read.
func (s *session) mayMakeFiles() error {
	if s.UID == os.Getuid() || s.UID == 0 || s.UID == -1 && s.Service.Config.Control.Group == "" {
		return nil
	}
	return &statusError{exitError, "only the service's own user, or root, may have it write a backup"}
}

// steps shows the progress of several steps, one after the other.
type steps struct {
	s    *session
	name string
	bar  *meter
}

func (s *session) newSteps() *steps { return &steps{s: s} }

func (p *steps) show(step string, done, total int64, unit string) {
	if p.bar == nil || p.name != step {
		p.end()
		p.name, p.bar = step, p.s.newMeter(step, unit)
	}
	p.bar.show(done, total, "")
}

func (p *steps) end() {
	if p.bar != nil {
		p.bar.end()
		p.bar = nil
	}
}
