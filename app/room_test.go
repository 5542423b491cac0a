package app

import (
	"testing"

	"stakeout/disk"
)

func TestCollectionWaitsForRoom(t *testing.T) {
	r := newRoom()
	if r.lacking() != nil {
		t.Fatal("waits with room")
	}
	r.set(disk.State{Level: disk.Full})
	changed := r.lacking()
	if changed == nil || !r.full() {
		t.Fatal("does not wait")
	}
	r.set(disk.State{Level: disk.Full, Free: 1})
	select {
	case <-changed:
	default:
		t.Fatal("a change is not told")
	}
	if r.lacking() == nil {
		t.Fatal("does not wait any more")
	}
	r.set(disk.State{Level: disk.Low})
	if r.lacking() != nil {
		t.Fatal("waits with little room")
	}
}
