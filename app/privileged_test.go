package app

import (
	"os"
	"os/user"
	"strconv"
	"testing"
)

func TestOnlyNamedUsersReadWhatIsPrivileged(t *testing.T) {
	me := os.Getuid()
	u, err := user.LookupId(strconv.Itoa(me))
	if err != nil {
		t.Skip("this user has no name here")
	}
	for _, c := range []struct {
		readers []string
		uid     int
		want    bool
	}{
		{[]string{"ada", u.Username}, me, true},
		{[]string{strconv.Itoa(me)}, me, true},
		{[]string{"4242001"}, 4242001, true}, // no name is known for it
		{[]string{"ada"}, me, false},
		{[]string{""}, 4242001, false},
		{nil, me, false},
		{nil, 0, false},
		{[]string{"-1", ""}, -1, false},
	} {
		if got := mayRead(c.readers, c.uid); got != c.want {
			t.Errorf("readers %q, uid %d: %v, want %v", c.readers, c.uid, got, c.want)
		}
	}
}
