package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// The files of a backup. ledger.* have the names that they have in a data
// directory.
const (
	manifestFile = "manifest.json"
	sumsFile     = "SHA256SUMS" // for sha256sum -c; it holds the manifest as well
	databaseFile = "ledger.db"
	keyFile      = "ledger.key"
	publicFile   = "ledger.pub"
	settingsFile = "config.yaml"
)

// format is the version of the manifest's own form.
const format = 1

// Manifest says what a backup holds. It is written last: without one there is
// no backup.
type Manifest struct {
	Format     int       `json:"format"`
	Made       time.Time `json:"made"`       // UTC, by the clock of the host
	Version    string    `json:"stakeout"`   // that made it
	Migrations []string  `json:"migrations"` // that have run on the database, by name
	Ledger     string    `json:"ledger"`     // origin of the ledger, as in its checkpoints
	Entries    int64     `json:"entries"`
	Root       tlog.Hash `json:"root"`       // of the tree over the entries, base64
	Checkpoint string    `json:"checkpoint"` // signed; empty for an empty ledger
	Files      []File    `json:"files"`      // by name
}

// File is one file of a backup.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // 64 lower-case hexadecimal digits
}

// maxManifest bounds what is read: a manifest has some kilobytes.
const maxManifest = 1 << 20

// encode writes the one form in which a manifest is accepted.
func (m Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

// Bytes is the size of all files together.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// parseManifest reads a manifest, and nothing but one that encode has written,
// byte by byte.
func parseManifest(b []byte) (Manifest, error) {
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return Manifest{}, errors.New("is not JSON")
	}
	if head.Format > format {
		return Manifest{}, errors.New("was written by a newer version of Stakeout: check it with that version or a later one")
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return Manifest{}, errors.New("does not have the form of a manifest")
	}
	again, err := m.encode()
	if err != nil || !bytes.Equal(again, b) {
		return Manifest{}, errors.New("is not as it was written")
	}
	return m, m.validate()
}

func (m Manifest) validate() error {
	if m.Format != format {
		return fmt.Errorf("has the unknown format %d", m.Format)
	}
	if m.Made.IsZero() || m.Made.Location() != time.UTC || m.Entries < 0 || (m.Entries == 0) != (m.Checkpoint == "") {
		return errors.New("contradicts itself")
	}
	if !slices.IsSorted(m.Migrations) || len(slices.Compact(slices.Clone(m.Migrations))) != len(m.Migrations) {
		return errors.New("lists its migrations out of order")
	}
	before := ""
	for _, f := range m.Files {
		if !slices.Contains([]string{databaseFile, keyFile, publicFile, settingsFile}, f.Name) {
			return errors.New("names a file that no backup has")
		}
		if sum, err := hex.DecodeString(f.SHA256); err != nil || len(sum) != sha256.Size || strings.ToLower(f.SHA256) != f.SHA256 || f.Size < 0 {
			return fmt.Errorf("has no usable hash and size of %s", f.Name)
		}
		if f.Name <= before {
			return errors.New("lists its files out of order")
		}
		before = f.Name
	}
	for _, name := range []string{databaseFile, keyFile} {
		if _, ok := m.file(name); !ok {
			return fmt.Errorf("does not list %s", name)
		}
	}
	return nil
}

func (m Manifest) file(name string) (File, bool) {
	i := slices.IndexFunc(m.Files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return File{}, false
	}
	return m.Files[i], true
}

// sums is the content of SHA256SUMS, for a manifest as encoded.
func (m Manifest) sums(encoded []byte) []byte {
	var b bytes.Buffer
	for _, f := range m.Files {
		fmt.Fprintf(&b, "%s  %s\n", f.SHA256, f.Name)
	}
	fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(encoded), manifestFile)
	return b.Bytes()
}
