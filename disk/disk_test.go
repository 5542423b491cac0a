package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWatchTellsEachChangeOnceAndDoesNotWaver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Bounds 800 and 80: left with 900 and 90.
		free := []uint64{5000, 801, 799, 850, 790, 899, 900, 810, 799, 81, 79, 85, 70, 89, 90, 79, 5000, 10}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var told []string
		began, at := time.Now(), -1
		err := watch(ctx, func() (uint64, error) {
			if at++; at == len(free)-1 {
				stop()
			}
			return free[at], nil
		}, 800, 80, time.Minute, func(s State) { told = append(told, fmt.Sprint(s.Level, s.Free)) })
		if err != nil {
			t.Error(err)
		}
		want := "ok5000 low799 ok900 low799 full79 low90 full79 ok5000 full10"
		if got := strings.Join(told, " "); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("told %s\nwant %s", got, want)
		}
		if took := time.Since(began); took != time.Duration(len(free)-1)*time.Minute {
			t.Errorf("it looked for %v", took)
		}
	})
}

func TestWatchTellsTheFirstStateAndSaysWhenItCannotSee(t *testing.T) {
	var told []State
	ctx, stop := context.WithCancel(t.Context())
	err := Watch(ctx, t.TempDir(), 1<<62, 0, time.Hour, func(s State) { told = append(told, s); stop() })
	if err != nil || len(told) != 1 || told[0].Level != Low || told[0].Free == 0 {
		t.Errorf("%+v, %v", told, err)
	}
	err = Watch(t.Context(), filepath.Join(t.TempDir(), "missing"), 1, 0, time.Hour, func(State) { t.Error("told of a folder that is not there") })
	if !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestSwitchedOffBounds(t *testing.T) {
	for _, now := range []Level{OK, Low, Full} {
		if got := judge(0, 0, 0, now); got != OK {
			t.Errorf("from %v: %v", now, got)
		}
	}
}

func TestConfig(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	if low, full := DefaultConfig().Bounds(); low != 2<<30 || full != 256<<20 {
		t.Error(low, full)
	}
	for s, want := range map[string]uint64{"0": 0, "17": 17, "17B": 17, "1kB": 1000, "1KB": 1000, "1KiB": 1024, "1.5 MiB": 3 << 19, "500MB": 5e8, "3TiB": 3 << 40, "2TB": 2e12} {
		if got, err := parseSize(s); err != nil || got != want {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "B", "much", "-1", "1e9", "1 000", "2gib", "2GiBs", "0x10", "9999999TiB", "99999999999999999999", ".5MB", "1.MB"} {
		if n, err := parseSize(s); err == nil {
			t.Errorf("%q is read as %d", s, n)
		}
	}
	for name, c := range map[string]Config{"warn: ": {Warn: "x", Stop: "1"}, "stop: ": {Warn: "1", Stop: "x"}, "warn: 1MiB is less": {Warn: "1MiB", Stop: "2MiB"}} {
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (Config{Warn: "0", Stop: "1GiB"}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1.0 KiB", 1536: "1.5 KiB", 2 << 30: "2.0 GiB", 1<<64 - 1: "16.0 EiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func FuzzSize(f *testing.F) {
	f.Add("2GiB")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := parseSize(s); err == nil && n >= 1<<63 {
			t.Errorf("%q: %d", s, n)
		}
	})
}
