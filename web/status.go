package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"stakeout/alerts"
	"stakeout/indexer"
	"stakeout/indexer/query"
	"stakeout/ledger"
)

// What the page tells of: troubles of a week, as the command line does, and so
// many channels; of mail each thread is one.
const (
	troubleDays = 7
	channelMost = 200
)

type statusBody struct {
	Size, HeadSize int64
	Quarantined    int64
	Root           string // base64, as in the checkpoint
	Checkpoint     string
	Disk           string // what is free of it, "" where that is not known
	Canary         *canaryRow
	Sources        []sourceRow
	Followers      []followerRow
	Outbox         []outboxRow
	Troubles       []troubleRow
	Channels       []channelRow
	MoreChannels   int // that are not shown
	Now            stamp
}

// canaryRow tells of the messages that Stakeout posts to itself.
type canaryRow struct {
	Failing bool
	LastOK  stamp
	Took    string
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

type troubleRow struct {
	Name, Detail string
	Count, Seq   int64
	First, Last  stamp
}

// channelRow counts what came from one channel by one way.
type channelRow struct {
	Platform, Server, Name, Via string // names are masked
	Find                        string // address of a search in the channel
	Posted, Edited, Deleted     int64
	Last                        stamp
}

func (p *page) status(w http.ResponseWriter, r *http.Request) {
	body, doing, err := p.state(r.Context())
	if err != nil {
		p.failed(w, r, doing, err)
		return
	}
	p.show(w, http.StatusOK, "status", frame{Title: "Status", Tab: "status", Body: body})
}

// state gathers what the page tells; doing says what an error came from.
func (p *page) state(ctx context.Context) (body statusBody, doing string, err error) {
	head, err := p.Record.Head(ctx)
	if err != nil {
		return body, "reading the ledger's head", err
	}
	quarantined, _, err := p.Record.QuarantineCount(ctx, 0)
	if err != nil {
		return body, "counting the quarantine", err
	}
	counts, err := p.Record.Counts(ctx, 0, head.Size)
	if err != nil {
		return body, "counting messages", err
	}
	box, err := p.Alerts.Undelivered(ctx)
	if err != nil {
		return body, "looking at the outbox", err
	}
	troubles, err := p.Alerts.Troubles(ctx, p.Now().AddDate(0, 0, -troubleDays))
	if err != nil {
		return body, "listing what failed", err
	}
	covers, err := p.recent.get(ctx, p.Record, p.Now()) // for what cannot be shown, which seldom changes
	if err != nil {
		return body, "reading the coverage", err
	}
	body = statusBody{
		Size: p.Record.Size(), HeadSize: head.Size, Root: head.Root.String(), Checkpoint: head.Signed,
		Quarantined: quarantined, Now: at(p.Now(), p.Zone),
		Followers: []followerRow{
			p.follower("index", "search finds up to here", p.Search.Cursor()),
			p.follower("alerts", "rules have judged up to here", p.Alerts.Cursor()),
		},
	}
	body.Sources = p.sources(covers)
	if p.Disk != nil {
		free, total := p.Disk()
		body.Disk = size(int64(free)) + " free of " + size(int64(total))
	}
	if p.Canary != nil {
		body.Canary = canary(p.Canary(), p.Zone)
	}
	for _, u := range box {
		body.Outbox = append(body.Outbox, outboxRow{u, at(u.Oldest, p.Zone)})
	}
	for _, t := range troubles {
		body.Troubles = append(body.Troubles, troubleRow{visible(t.Name), visible(t.Detail), t.Count, t.Seq, at(t.First, p.Zone), at(t.Last, p.Zone)})
	}
	body.Channels, body.MoreChannels = p.channels(counts.Channels)
	return body, "", nil
}

func canary(c CanaryState, zone *time.Location) *canaryRow {
	row := canaryRow{Failing: c.Failing, LastOK: at(c.LastOK, zone)}
	var parts []string
	for _, s := range []struct {
		name string
		took time.Duration
	}{{"ledger", c.Ledger}, {"index", c.Index}, {"receiver", c.Receiver}} {
		if s.took > 0 {
			parts = append(parts, s.name+" "+brief(s.took))
		}
	}
	row.Took = strings.Join(parts, ", ")
	return &row
}

// channels are the rows of channels, the one last heard of first, and how many
// there is no room for.
func (p *page) channels(counts []ledger.ChannelCount) (rows []channelRow, more int) {
	counts = slices.Clone(counts)
	slices.SortStableFunc(counts, func(a, b ledger.ChannelCount) int { return b.Last.Compare(a.Last) })
	if more = max(0, len(counts)-channelMost); more > 0 {
		counts = counts[:channelMost]
	}
	mask := indexer.Remembered(p.Alerts.MaskName)
	for _, c := range counts {
		in := query.Field{Name: "in", Value: c.Channel.ID}
		find := "/?" + url.Values{"q": {in.String()}}.Encode()
		if c.Channel.IsMail() || mask(c.Channel.ID) != c.Channel.ID {
			find = "" // the id itself must not stand in an address
		}
		rows = append(rows, channelRow{
			Platform: visible(c.Channel.Platform), Server: visible(mask(c.Channel.Server.Name)), Name: visible(orID(string(p.Alerts.Place(c.Channel)), "(no name)")), Via: c.Via.String(),
			Find: find, Posted: c.Posted, Edited: c.Edited, Deleted: c.Deleted, Last: at(c.Last, p.Zone),
		})
	}
	return rows, more
}

func (p *page) follower(name, of string, cursor int64) followerRow {
	f := followerRow{Name: name, Of: of, Cursor: cursor, Lag: max(0, p.Record.Size()-cursor), Position: "up to date"}
	if f.Lag > 0 {
		f.Position = "catching up"
	}
	return f
}
