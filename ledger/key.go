package ledger

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// key signs and checks this ledger's heads.
type key struct {
	signer   note.Signer
	verifier note.Verifier
	origin   string // names the ledger; also the key's name
}

// readKey reads the key, or makes it where the ledger is still empty. The
// public half stands beside it as ….pub, for those who check a checkpoint.
func readKey(path string, empty bool) (key, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && empty {
		return makeKey(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return key{}, fmt.Errorf("%s is missing, but the ledger has entries signed with it: restore it from a backup", path)
	}
	if err != nil {
		return key{}, fmt.Errorf("signing key: %w", err)
	}
	k, err := parseKey(strings.TrimSpace(string(b)))
	if err != nil {
		return key{}, fmt.Errorf("%s is not a signing key; restore it from a backup", path) // the error could hold the key
	}
	return k, nil
}

// parseKey reads a key in the form of golang.org/x/mod/sumdb/note:
// PRIVATE+KEY+name+hash+base64 of the algorithm (1: Ed25519) and the seed.
func parseKey(secret string) (k key, err error) {
	if k.signer, err = note.NewSigner(secret); err != nil {
		return k, err
	}
	k.origin = k.signer.Name()
	parts := strings.SplitN(secret, "+", 5) // base64 may hold a plus sign itself
	seed, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return k, errors.New("malformed key")
	}
	public, err := note.NewEd25519VerifierKey(k.origin, ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey))
	if err != nil {
		return k, err
	}
	k.verifier, err = note.NewVerifier(public)
	return k, err
}

// originPrefix begins the origin of every ledger.
const originPrefix = "stakeout/ledger/"

func makeKey(path string) (key, error) {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails, see crypto/rand
	secret, public, err := note.GenerateKey(rand.Reader, fmt.Sprintf(originPrefix+"%x", id))
	if err == nil {
		err = os.WriteFile(strings.TrimSuffix(path, ".key")+".pub", []byte(public+"\n"), 0o644)
	}
	if err == nil {
		err = writeSynced(path, secret+"\n")
	}
	if err != nil {
		return key{}, fmt.Errorf("make signing key: %w", err)
	}
	return parseKey(secret)
}

// writeSynced writes a file that is whole and on disk before anything is
// signed with it.
func writeSynced(path, text string) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
