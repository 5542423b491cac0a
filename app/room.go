package app

import (
	"context"
	"sync"
	"time"

	"stakeout/disk"
)

// room is how much room is left on the disk, for connectors that wait for it.
type room struct {
	mu      sync.Mutex
	state   disk.State
	changed chan struct{} // closed at the next change
}

func newRoom() *room { return &room{changed: make(chan struct{})} }

func (r *room) set(s disk.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = s
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *room) get() (disk.State, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state, r.changed
}

// full reports that collection must wait.
func (r *room) full() bool {
	s, _ := r.get()
	return s.Level == disk.Full
}

// lacking is nil while there is room, else a channel that closes at the next
// change.
func (r *room) lacking() <-chan struct{} {
	s, changed := r.get()
	if s.Level != disk.Full {
		return nil
	}
	return changed
}

// diskEvery is how often the free space is looked at: a stream of messages at
// full speed takes a gigabyte in some minutes.
const diskEvery = 10 * time.Second

// watchDisk keeps the room up to date and tells people when it gets scarce.
func (a *App) watchDisk(ctx context.Context) error {
	low, full := a.Config.Disk.Bounds()
	return disk.Watch(ctx, a.Config.Data, low, full, diskEvery, func(s disk.State) {
		a.room.set(s)
		free := disk.Bytes(s.Free)
		var err error
		switch s.Level {
		case disk.OK:
			a.Log.Info("room on the disk", "free", free)
		case disk.Low:
			a.Log.Warn("disk space is low", "free", free)
			err = a.Alerts.Operational(ctx, "disk space is low", free+" are left where the data lives",
				free+" are left where the data lives. Collection stops by itself with less than "+a.Config.Disk.Stop+".", "To mend it: make room, or move the data directory.")
		case disk.Full:
			a.Log.Error("disk space is used up: collection waits", "free", free)
			err = a.Alerts.Operational(ctx, "collection waits for disk space", free+" are left where the data lives",
				free+" are left where the data lives. Nothing is collected until there is room; it goes on by itself then.", "To mend it: make room, or move the data directory.")
		}
		if err != nil && ctx.Err() == nil {
			a.Log.Error("the state of the disk could not be told", "err", err)
		}
	})
}

// well reports that nothing is wrong: what the heartbeat says.
func (a *App) well() bool {
	for _, h := range a.Health() {
		if !h.Well() {
			return false
		}
	}
	return len(a.Failing()) == 0 && !a.room.full() && (a.canary == nil || !a.canary.State().Failing)
}

// space is what the page tells of the disk; 0 and 0 when it cannot be found out.
func (a *App) space() (free, size uint64) {
	free, size, err := disk.Space(a.Config.Data)
	if err != nil {
		return 0, 0
	}
	return free, size
}
