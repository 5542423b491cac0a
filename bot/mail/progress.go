package mail

import (
	"sync"
	"time"
)

// progress keeps up to when every folder is known. What may be said of the
// mailbox is what holds for all of them.
type progress struct {
	mu      sync.Mutex
	through map[string]time.Time // zero: not yet
	lost    map[string]bool
}

func newProgress(folders []string) *progress {
	p := &progress{through: map[string]time.Time{}, lost: map[string]bool{}}
	for _, f := range folders {
		p.through[f] = time.Time{}
	}
	return p
}

// known notes that all that came into a folder up to t is in the ledger, or is
// with the batch about to be handed over, and gives the moment that holds for
// all folders, zero for none yet.
func (p *progress) known(folder string, t time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.through[folder] = t
	delete(p.lost, folder)
	for f, other := range p.through {
		switch {
		case p.lost[f]:
		case other.IsZero():
			return time.Time{}
		case other.Before(t):
			t = other
		}
	}
	return t
}

// lose leaves a folder that cannot be opened out of account.
func (p *progress) lose(folder string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost[folder] = true
}
