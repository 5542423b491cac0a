package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"stakeout/indexer"
	"stakeout/ledger"
	"stakeout/message"
)

// neighbours is how many messages are shown on each side.
const neighbours = 8

type messageBody struct {
	Seq      int64
	ID       string
	Place    shown // of the version asked for
	Versions []shown
	Around   []shown
}

func (p *page) messageShow(w http.ResponseWriter, r *http.Request) {
	missing := func(what string) {
		p.problem(w, r, http.StatusNotFound, what, "Search finds every message that was observed.")
	}
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil || seq < 1 || seq > p.Record.Size() {
		missing("The ledger has no such entry")
		return
	}
	es, err := p.Record.Entries(r.Context(), []int64{seq})
	if err != nil {
		p.failed(w, r, "reading the ledger", err)
		return
	}
	e := es[0]
	switch {
	case e.Type == ledger.Sighting:
		http.Redirect(w, r, fmt.Sprintf("/messages/%d", e.Of), http.StatusSeeOther)
		return
	case e.Type != ledger.Observation:
		missing(fmt.Sprintf("Entry %d is no message but an %s", seq, e.Type))
		return
	case e.Obs == nil:
		missing(fmt.Sprintf("The content of entry %d was removed by a recorded order", seq))
		return
	}
	body, err := p.message(r.Context(), e)
	if err != nil {
		p.failed(w, r, "reading the ledger", err)
		return
	}
	p.show(w, http.StatusOK, "message_show", frame{Title: fmt.Sprintf("Entry %d", seq), Tab: "search", Body: body})
}

func (p *page) message(ctx context.Context, e ledger.Entry) (messageBody, error) {
	versions, err := p.Record.Versions(ctx, e.Obs.Channel, e.Obs.ID)
	if err != nil {
		return messageBody{}, err
	}
	around, err := p.around(ctx, e.Obs)
	if err != nil {
		return messageBody{}, err
	}
	var seqs []int64
	for _, v := range versions {
		seqs = append(seqs, v.Seq)
	}
	for _, vs := range around {
		for _, v := range vs {
			seqs = append(seqs, v.Seq)
		}
	}
	masked, err := p.Alerts.Masked(ctx, seqs)
	if err != nil {
		return messageBody{}, err
	}
	mask := indexer.Remembered(p.Alerts.MaskName)
	body := messageBody{Seq: e.Seq, ID: visible(e.Obs.ID), Place: p.view(e, standing{}, masked[e.Seq], nil, mask)}
	for _, v := range inOrder(versions) {
		s := p.view(v, stands(v, versions), masked[v.Seq], nil, mask)
		s.Here = v.Seq == e.Seq
		body.Versions = append(body.Versions, s)
	}
	for _, vs := range around {
		last := latest(vs)
		s := p.view(last, stands(last, vs), masked[last.Seq], nil, mask)
		s.Here = last.Obs.ID == e.Obs.ID
		body.Around = append(body.Around, s)
	}
	return body, nil
}

// around gives the messages next to one, each with all its versions, in the
// order sent. Stretches of the channel grow until they hold enough.
func (p *page) around(ctx context.Context, o *message.Observation) ([][]ledger.Entry, error) {
	middle := o.Observed
	if !o.Sent.IsZero() {
		middle = o.Sent.UTC
	}
	const most = 2000 // entries in one stretch; a busier channel shows fewer neighbours
	var ids []string
	for _, span := range []time.Duration{15 * time.Minute, 3 * time.Hour, 24 * time.Hour, 14 * 24 * time.Hour} {
		es, err := p.Record.Stretch(ctx, o.Channel, middle.Add(-span), middle.Add(span), most)
		if err != nil {
			return nil, err
		}
		if len(es) == most && ids != nil {
			break
		}
		ids = ids[:0]
		for _, e := range es {
			if e.Obs != nil && e.Obs.Kind != message.Deleted && !slices.Contains(ids, e.Obs.ID) {
				ids = append(ids, e.Obs.ID)
			}
		}
		if i := slices.Index(ids, o.ID); i >= neighbours && len(ids)-i > neighbours {
			break
		}
	}
	i := max(0, slices.Index(ids, o.ID))
	ids = ids[max(0, i-neighbours):min(len(ids), i+neighbours+1)]
	var out [][]ledger.Entry
	for _, id := range ids {
		vs, err := p.Record.Versions(ctx, o.Channel, id)
		if err != nil {
			return nil, err
		}
		if vs = slices.DeleteFunc(vs, func(e ledger.Entry) bool { return e.Obs == nil }); len(vs) > 0 {
			out = append(out, vs)
		}
	}
	return out, nil
}
