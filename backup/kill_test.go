package backup_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"stakeout/backup"
	"stakeout/ledger"
)

func TestMain(m *testing.M) {
	if at := os.Getenv("STAKEOUT_KILL_AT"); at != "" {
		if err := victim(at); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// victim makes a backup while it writes, and kills itself at the given call of
// its progress.
func victim(at string) error {
	left, err := strconv.Atoi(at)
	if err != nil {
		return err
	}
	w, err := openWorld(context.Background(), os.Getenv("STAKEOUT_KILL_DATA"))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	var writer sync.WaitGroup
	writer.Go(func() {
		for w.add(ctx, 1, 100) == nil {
		}
	})
	_, err = w.make(ctx, os.Getenv("STAKEOUT_KILL_DIR"), func(step string, done, total int64, _ string) {
		if step == "backup" && done < total {
			<-w.db.Changed()
		}
		if left--; left < 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // it takes effect before anything else happens
		}
	})
	stop()
	writer.Wait()
	return err
}

func TestABackupThatIsKilledIsNotWhole(t *testing.T) {
	data := t.TempDir()
	w, err := openWorld(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.add(t.Context(), 100, 100_000); err != nil {
		t.Fatal(err)
	}
	w.db.Close()
	for at := 0; ; at++ {
		dir := filepath.Join(t.TempDir(), "backup")
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "STAKEOUT_KILL_AT="+strconv.Itoa(at), "STAKEOUT_KILL_DATA="+data, "STAKEOUT_KILL_DIR="+dir)
		out, err := cmd.CombinedOutput()
		if err == nil {
			// It got to its end: this one counts.
			if err := check(t.Context(), dir); err != nil {
				t.Error(err)
			}
			if at < 5 {
				t.Errorf("only %d places to kill it at", at)
			}
			break
		}
		if cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("the child ended by itself: %v\n%s", err, out)
		}
		named(t, check(t.Context(), dir), "manifest.json is missing")
		if err := restore(t.Context(), dir, t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "broken off") {
			t.Errorf("half a backup was restored: %v", err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	// The ledger that was being copied has not suffered.
	dir := filepath.Join(t.TempDir(), "after")
	if w, err = openWorld(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	defer w.db.Close()
	if _, err := w.make(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Check(t.Context(), dir, ledger.Migrations, nil); err != nil {
		t.Error(err)
	}
	// Killed between the last two moves, all but the manifest's name stands.
	path := filepath.Join(dir, "manifest.json")
	if err := os.Rename(path, path+".new"); err != nil {
		t.Fatal(err)
	}
	named(t, check(t.Context(), dir), "manifest.json is missing")
}
