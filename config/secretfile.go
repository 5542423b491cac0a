package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxSecret bounds a secret's file; tokens have some hundred bytes.
const maxSecret = 64 << 10

// readSecret gives what stands in the file, without one trailing line end. A
// file that every user of the host can read is refused: whoever reads the
// token can post in our name.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		// Without the name, which may be the secret itself, set by mistake.
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			err = pe.Err
		}
		return "", fmt.Errorf("wants the name of a file that holds the secret, which could not be opened: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", fmt.Errorf("read secret: %w", err)
	case info.IsDir():
		return "", fmt.Errorf("read secret: %s is a folder", path)
	case info.Mode().Perm()&0o004 != 0:
		return "", fmt.Errorf("read secret: every user can read %s (mode %04o); run: chmod o-r %[1]s", path, info.Mode().Perm())
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	if len(data) > maxSecret {
		return "", fmt.Errorf("read secret: %s is larger than %d bytes", path, maxSecret)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		return "", errors.New("read secret: " + path + " is empty")
	}
	return text, nil
}
