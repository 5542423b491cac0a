package web

import (
	"net/http"

	"stakeout/alerts"
)

type statusBody struct {
	Size, HeadSize int64
	Root           string // base64, as in the checkpoint
	Checkpoint     string
	Followers      []followerRow
	Outbox         []outboxRow
	Now            stamp
}

type followerRow struct {
	Name         string
	Cursor, Lag  int64
	Of, Position string // what it does; where it stands
}

type outboxRow struct {
	alerts.Undelivered
	Since stamp
}

func (p *page) status(w http.ResponseWriter, r *http.Request) {
	head, err := p.Record.Head(r.Context())
	if err != nil {
		p.failed(w, r, "reading the ledger's head", err)
		return
	}
	box, err := p.Alerts.Undelivered(r.Context())
	if err != nil {
		p.failed(w, r, "looking at the outbox", err)
		return
	}
	body := statusBody{Size: p.Record.Size(), HeadSize: head.Size, Root: head.Root.String(), Checkpoint: head.Signed, Now: at(p.Now(), p.Zone)}
	body.Followers = []followerRow{
		p.follower("index", "search finds up to here", p.Search.Cursor()),
		p.follower("alerts", "rules have judged up to here", p.Alerts.Cursor()),
	}
	for _, u := range box {
		body.Outbox = append(body.Outbox, outboxRow{u, at(u.Oldest, p.Zone)})
	}
	p.show(w, http.StatusOK, "status", frame{Title: "Status", Tab: "status", Body: body})
}

func (p *page) follower(name, of string, cursor int64) followerRow {
	f := followerRow{Name: name, Of: of, Cursor: cursor, Lag: max(0, p.Record.Size()-cursor), Position: "up to date"}
	if f.Lag > 0 {
		f.Position = "catching up"
	}
	return f
}
