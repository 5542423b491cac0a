package backup_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"stakeout/store"
)

func TestADiskWithoutRoomIsFoundOutBeforehand(t *testing.T) {
	w, whole := made(t)
	small := t.TempDir()
	if err := unix.Mount("tmpfs", small, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(small, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if _, err := w.make(t.Context(), filepath.Join(small, "backup"), nil); !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), "are needed") {
		t.Error(err)
	}
	if err := restore(t.Context(), whole, small, nil); !errors.Is(err, store.ErrFull) {
		t.Error(err)
	}
	if got := listing(t, small); len(got) > 0 {
		t.Error(got)
	}
}
