package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"stakeout/alerts"
	"stakeout/alerts/digest"
	"stakeout/alerts/notify/slack/slacktest"
	"stakeout/app"
	"stakeout/indexer"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
	"stakeout/text"
)

// show is one run of the demonstration.
type show struct {
	out      io.Writer
	app      *app.App
	receiver *receiver
	running  context.Context // ends when the service fails
}

func (s *show) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func (s *show) head(title string) { s.say("\nDEMO  %s", title) }

func (s *show) all(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		s.history, s.live, s.quiet, s.found, s.versions, s.digest, s.verify,
	} {
		if err := step(ctx); err != nil {
			if s.running.Err() != nil {
				return context.Cause(s.running)
			}
			return err
		}
	}
	s.head("Your own chats")
	s.say("stakeout init && stakeout import result.json      (Telegram Desktop, DiscordChatExporter or JSON Lines; .gz and .zip too)")
	return nil
}

func (s *show) history(ctx context.Context) error {
	s.head("A gang's channels over six weeks around a court filing: exports of both formats, handed over in one archive")
	began := time.Now()
	sum, err := importHistory(ctx, s.app)
	if err != nil {
		return err
	}
	s.say("imported, indexed and judged %d messages (%d of them service messages) in %.2f s; %d reactions kept", sum.Observations, sum.Service, time.Since(began).Seconds(), sum.Reactions)
	if err := until(ctx, func() bool { return len(s.receiver.Posts()) > 0 }); err != nil {
		return fmt.Errorf("the summary of history did not arrive: %w", err)
	}
	posts := s.receiver.Posts()
	s.say("history does not flood: Slack got %d message, %d bytes (indented here):", len(posts), len(posts[0].Raw))
	s.post(posts[0])
	return nil
}

// post shows a message as Slack got it.
func (s *show) post(p slacktest.Post) {
	var b bytes.Buffer
	if json.Indent(&b, p.JSON, "", " ") != nil {
		b.Write(p.JSON)
	}
	s.block(b.String())
}

// block shows several lines, made fit for a terminal each.
func (s *show) block(lines string) {
	for line := range strings.Lines(lines) {
		s.say("  %s", text.Terminal(strings.TrimRight(line, "\n")))
	}
}

// live replays what happened after the exports as if it happened now.
func (s *show) live(ctx context.Context) error {
	obs, err := Live()
	if err != nil {
		return err
	}
	s.head(fmt.Sprintf("%d messages replayed as live", len(obs)))
	var acquisition int64
	err = s.app.Ledger.Write(ctx, store.Urgent, func(tx *store.Tx) (err error) {
		acquisition, err = s.app.Ledger.OpenAcquisition(tx, ledger.Acquisition{Kind: "connector", Source: "demo", Method: "replay of bundled messages", Version: s.app.Version, Started: s.app.Now()})
		return err
	})
	if err != nil {
		return err
	}
	for i := range obs {
		o := &obs[i]
		o.Acquisition, o.Observed = acquisition, s.app.Now()
		before := len(s.receiver.Posts())
		began := time.Now()
		var out ledger.Outcome
		err := s.app.Ledger.Write(ctx, store.Urgent, func(tx *store.Tx) (err error) {
			out, err = s.app.Ledger.Append(tx, o)
			return err
		})
		if err != nil {
			return err
		}
		raised, err := s.raised(ctx, out.Seq, before)
		if err != nil {
			return err
		}
		if raised != nil {
			s.say("entry %d: %s (%s) in Slack %.3f s after it was stored", out.Seq, raised.Label, raised.Level, s.receiver.Posts()[before].At.Sub(began).Seconds())
		}
	}
	return nil
}

// raised waits until an entry is judged, and, if it raised an alert, until the
// receiver has it.
func (s *show) raised(ctx context.Context, seq int64, before int) (*alerts.Alert, error) {
	if err := until(ctx, func() bool { return s.app.Alerts.Cursor() >= seq }); err != nil {
		return nil, err
	}
	list, err := s.app.Alerts.List(ctx, alerts.Filter{Limit: 5})
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		if x.Seq == seq {
			err := until(ctx, func() bool { return len(s.receiver.Posts()) > before })
			return &x, err
		}
	}
	return nil, nil
}

// quiet shows the newest doxxing alert as Slack got it and checks that no
// message's words went out.
func (s *show) quiet(ctx context.Context) error {
	posts := s.receiver.Posts()
	list, err := s.app.Alerts.List(ctx, alerts.Filter{Label: "doxxing", Limit: 1})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("no doxxing was found among the replayed messages")
	}
	s.head("The doxxing alert as Slack got it, only indented: no message text in it")
	for _, p := range posts {
		if p.ID == list[0].Alert {
			s.post(p)
		}
	}
	leaks, checked := 0, 0
	for _, kind := range []string{"label:doxxing", "label:credential_exposure"} {
		_, err := s.app.Index.Each(ctx, indexer.Request{Query: kind, Reveal: true}, func(h indexer.Hit) error {
			checked++
			for _, p := range posts {
				if h.Entry.Obs != nil && len(h.Entry.Obs.Text) > 8 && bytes.Contains(p.Raw, []byte(h.Entry.Obs.Text)) {
					leaks++
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	s.say("checked: of %d masked messages, %d occur in the %d posts that went out", checked, leaks, len(posts))
	if leaks > 0 {
		return fmt.Errorf("message text went out")
	}
	s.head("The same alert for the analyst: an address that was split over several messages, by several authors")
	d, err := s.app.Alerts.Show(ctx, list[0].Alert, false)
	if err != nil {
		return err
	}
	for _, f := range d.Findings {
		s.say("why: %s; over entries %v", text.Terminal(f.Reason), f.Evidence)
	}
	for _, m := range d.Messages {
		if m.Obs != nil {
			s.say("  entry %d by %-12s %s", m.Seq, text.Terminal(m.Obs.Author.Shown()), masked(m.Masked, m.Obs.Text))
		}
	}
	return nil
}

func masked(why, s string) string {
	if why != "" {
		return "[masked: " + why + "]"
	}
	return text.Terminal(s)
}

// labels gives what was found in each message, by place.
func (s *show) labels(ctx context.Context) (map[Place]map[string]bool, error) {
	got := map[Place]map[string]bool{}
	list, err := s.app.Alerts.List(ctx, alerts.Filter{Historical: true})
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		d, err := s.app.Alerts.Show(ctx, x.Alert, true)
		if err != nil {
			return nil, err
		}
		for _, m := range d.Messages {
			if m.Obs == nil || !m.Evidence {
				continue
			}
			p := Place{m.Obs.Channel.ID, m.Obs.ID}
			if got[p] == nil {
				got[p] = map[string]bool{}
			}
			got[p][x.Label] = true
		}
	}
	return got, nil
}

// missionLabels are those that this version has rules for.
var missionLabels = []string{"doxxing", "blame_shifting", "legal_mention", "credential_exposure"}

func (s *show) found(ctx context.Context) error {
	want, err := Expectations()
	if err != nil {
		return err
	}
	got, err := s.labels(ctx)
	if err != nil {
		return err
	}
	s.head("What was planted, and what was found")
	exposing, masked := 0, 0
	for _, label := range missionLabels {
		planted, found := 0, 0
		for _, p := range want.Planted {
			if p.Label != label {
				continue
			}
			planted++
			if slices.ContainsFunc(p.Messages, func(m Place) bool { return got[m][label] }) {
				found++
			}
			for _, m := range p.Exposing {
				exposing++
				if got[m]["doxxing"] || got[m]["credential_exposure"] {
					masked++
				}
			}
		}
		s.say("  %-20s %d of %d", label, found, planted)
	}
	s.say("  messages that hold an address, a number or a key themselves, and are masked: %d of %d", masked, exposing)
	s.lookalikes(want.Lookalikes, got)
	return nil
}

// lookalikes tells which messages that only look like something were left
// alone.
func (s *show) lookalikes(all []Lookalike, got map[Place]map[string]bool) {
	alone := 0
	var fired []string
	for _, l := range all {
		if len(got[l.Place]) == 0 {
			alone++
			continue
		}
		fired = append(fired, l.Why)
	}
	s.say("  look-alikes left alone: %d of %d", alone, len(all))
	for _, why := range fired {
		s.say("    raised wrongly: %s", why)
	}
}

// versions shows an edit and a deletion: what was there before stays.
func (s *show) versions(ctx context.Context) error {
	s.head("An edit and a deletion: what stood there before is kept")
	if err := until(ctx, func() bool { return s.app.Lag() == 0 }); err != nil {
		return err
	}
	obs, err := Live()
	if err != nil {
		return err
	}
	for _, kind := range []message.Kind{message.Edited, message.Deleted} {
		for _, o := range obs {
			if o.Kind != kind {
				continue
			}
			versions, err := s.app.Ledger.Versions(ctx, o.Channel, o.ID)
			if err != nil {
				return err
			}
			var seqs []int64
			for _, v := range versions {
				seqs = append(seqs, v.Seq)
			}
			why, err := s.app.Alerts.Masked(ctx, seqs)
			if err != nil {
				return err
			}
			s.say("message %s in %s:", text.Terminal(o.ID), text.Terminal(versions[0].Obs.Channel.Name))
			for _, v := range versions {
				s.say("  entry %-5d %-8s by %-9s %s", v.Seq, v.Obs.Kind, v.Obs.Via, masked(why[v.Seq], v.Obs.Text))
			}
			break
		}
	}
	return nil
}

func (s *show) digest(ctx context.Context) error {
	s.head("The digest, as readers would get it at eight")
	d, err := s.app.Digest.Preview(ctx)
	if err != nil {
		return err
	}
	s.block(digest.Text(d))
	return nil
}

func (s *show) verify(ctx context.Context) error {
	s.head("stakeout verify")
	began := time.Now()
	rep, err := s.app.Ledger.Verify(ctx, nil)
	if err != nil {
		return err
	}
	if len(rep.Problems) > 0 {
		return fmt.Errorf("the ledger does not verify: %s", rep.Problems[0].What)
	}
	s.say("ok: %d entries, root %v, signed, checked in %.2f s", rep.Size, rep.Root, time.Since(began).Seconds())
	return nil
}
