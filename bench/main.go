// Command bench measures Stakeout on generated chat and prints the figures as
// JSON. Every part runs in a process of its own, so that its peak memory is
// its own; compare within one run, since machines are noisy.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"
)

// figures are what one part measured.
type figures map[string]any

// parts in the order in which they run; each gets the export and an empty
// directory.
var parts = []struct {
	name string
	run  func(ctx context.Context, export, dir string) (figures, error)
}{
	{"bleve_alone", bleveAlone},
	{"ledger_alone", ledgerAlone},
	{"pipeline", pipeline},
}

func main() {
	n := flag.Int("n", 200_000, "messages")
	part := flag.String("part", "", "run this part alone (used by the program itself)")
	export := flag.String("export", "", "export file (used by the program itself)")
	only := flag.String("generate", "", "write the export to this file and stop")
	dir := flag.String("dir", "", "directory to work in; default: a temporary one")
	cpu := flag.String("cpuprofile", "", "write a CPU profile here")
	flag.Parse()
	if *cpu != "" {
		f, err := os.Create(*cpu)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	if *only != "" {
		if _, err := generate(*only, *n); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(*n, *part, *export, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(n int, part, export, dir string) error {
	if part != "" {
		return runPart(part, export, dir)
	}
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "stakeout-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	export = filepath.Join(dir, "export.json")
	size, err := generate(export, n)
	if err != nil {
		return err
	}
	out := figures{"messages": n, "export_bytes": size, "go": runtime.Version(), "cpus": runtime.NumCPU(), "date": time.Now().UTC().Format(time.DateOnly)}
	for _, p := range parts {
		f, err := apart(p.name, export, filepath.Join(dir, p.name))
		if err != nil {
			return err
		}
		out[p.name] = f
	}
	rate := func(part string) float64 { return out[part].(figures)["messages_per_second"].(float64) }
	out["pipeline_to_bleve_alone"] = rate("pipeline") / rate("bleve_alone")
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// apart runs one part in a process of its own.
func apart(name, export, dir string) (figures, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	cmd := exec.Command(self, "-part", name, "-export", export, "-dir", dir)
	cmd.Stdout, cmd.Stderr = &b, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := figures{}
	if err := json.Unmarshal(b.Bytes(), &f); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f["peak_rss_bytes"] = peakRSS(cmd.ProcessState)
	return f, nil
}

func runPart(name, export, dir string) error {
	for _, p := range parts {
		if p.name == name {
			f, err := p.run(context.Background(), export, dir)
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(f)
		}
	}
	return fmt.Errorf("unknown part %q", name)
}

// sizeOf adds up the files under a directory.
func sizeOf(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	return n, err
}
