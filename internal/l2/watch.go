package l2

import (
	"cmp"
	"slices"
	"time"
)

// look lists the links, and tries failed sockets again, when it is time to.
func (o *owner) look(now time.Time) {
	if !o.reopen.IsZero() && !o.reopen.After(now) {
		o.reopen, o.stale = time.Time{}, true
		clear(o.failed)
	}
	if o.relist.After(now) {
		return
	}
	links, err := o.network.Links()
	if err != nil && !o.unreadable {
		o.log.Warn("cannot read all links; the others are used", "error", err)
	}
	o.unreadable = err != nil
	o.listAfter = now.Add(relistGap)
	o.relist = now.Add(relistInterval)
	if err != nil {
		o.relist = now.Add(reopenInterval)
	}
	if err == nil || len(links) > 0 {
		o.noteLinks(links, now)
	}
}

// noteLinks compares the links with those of the last list.
func (o *owner) noteLinks(links []Link, now time.Time) {
	slices.SortFunc(links, func(a, b Link) int { return cmp.Compare(a.Index, b.Index) })
	if !o.listed || !slices.Equal(links, o.links) {
		o.stale = true
		clear(o.failed)
	}
	macs := map[int]MAC{}
	for _, l := range o.links {
		macs[l.Index] = l.MAC
	}
	for _, l := range links {
		if before, known := macs[l.Index]; known && before != l.MAC {
			o.again[l.Index] = true
		}
	}
	o.links, o.listed = links, true
	for _, c := range o.claims {
		if o.again[c.link] {
			c.announceAgain(now)
			o.agendas[frames].place(c)
		}
	}
	clear(o.again)
}

// watch passes on the changes of links until the owner stops.
func (o *owner) watch() {
	lost := false
	for {
		events, err := o.network.Watch()
		if err == nil {
			err = o.follow(events)
		}
		select {
		case <-o.stop:
			return
		case <-time.After(reopenInterval):
		}
		if !lost {
			o.log.Warn("lost the events of links; listing them now and then until they are back", "error", err)
		}
		lost = true
	}
}

// follow passes on the changes of one stream. Its first event is our own: what
// changed before the stream was there is to be seen as well.
func (o *owner) follow(events LinkEvents) error {
	done := make(chan struct{})
	defer close(done)
	o.running.Go(func() {
		select {
		case <-o.stop:
		case <-done:
		}
		if err := events.Close(); err != nil {
			o.log.Debug("close the events of links", "error", err)
		}
	})
	var event LinkEvent
	for {
		select {
		case o.events <- event:
		case <-o.stop:
			return nil
		}
		var err error
		if event, err = events.Next(); err != nil {
			return err
		}
	}
}
