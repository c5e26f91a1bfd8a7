package l2

import (
	"net/netip"
	"slices"
	"time"
)

// reconcile brings sockets, claims, table and reports to what is wanted on the
// links that there are.
func (o *owner) reconcile(now time.Time) {
	if !o.stale || !o.listed {
		return
	}
	fit := o.fit()
	wanted := o.wanted(fit)
	o.giveUp(wanted, fit, now)
	o.listenFor(wanted, fit, now)
	o.takeUp(wanted, now)
	o.publish(fit)
	o.stale = false
}

// fit are the links that can answer, for each protocol.
func (o *owner) fit() map[at]Link {
	fit := map[at]Link{}
	for _, l := range o.links {
		for _, p := range []Protocol{ARP, NDP} {
			if l.unfit(p, o.excluded) == 0 {
				fit[at{l.Index, p}] = l
			}
		}
	}
	return fit
}

// wanted are the claims that there should be.
func (o *owner) wanted(fit map[at]Link) map[claimKey]bool {
	wanted := make(map[claimKey]bool, len(o.want))
	for _, w := range o.want {
		for where, l := range fit {
			if where.protocol == protocolOf(w.Addr) && (w.Links == nil || slices.Contains(w.Links, l.Name)) {
				wanted[claimKey{w.Addr, l.Index}] = true
			}
		}
	}
	return wanted
}

// giveUp ends what is not wanted any more: at once where the link is gone, else by
// a handover.
func (o *owner) giveUp(wanted map[claimKey]bool, fit map[at]Link, now time.Time) {
	for key, c := range o.claims {
		_, can := fit[listenAt(c)]
		switch {
		case !can:
			o.end(c)
		case wanted[key]:
		case c.leave(now):
			if c.stance == stanceAnswering { // another node is there already
				o.metrics.handovers.WithLabelValues("taken").Inc()
			}
			o.end(c)
		default:
			for kind := range o.agendas {
				o.agendas[kind].place(c)
			}
		}
	}
}

// listenFor opens and closes sockets, and tells each which addresses matter.
func (o *owner) listenFor(wanted map[claimKey]bool, fit map[at]Link, now time.Time) {
	addrs := map[at][]netip.Addr{}
	add := func(key claimKey) {
		where := at{key.link, protocolOf(key.addr)}
		addrs[where] = append(addrs[where], key.addr)
	}
	for key := range wanted {
		add(key)
	}
	for key := range o.claims {
		if !wanted[key] { // it is being handed over
			add(key)
		}
	}
	for where, l := range o.listeners {
		if addrs[where] == nil {
			o.shut(l)
			o.log.Info("no longer listening", "link", l.name, "protocol", where.protocol.String())
		}
	}
	for where, list := range addrs {
		slices.SortFunc(list, netip.Addr.Compare)
		o.tell(where, fit[where], list, now)
	}
}

// tell makes sure that a listener hears of addresses.
func (o *owner) tell(where at, link Link, addrs []netip.Addr, now time.Time) {
	l := o.listeners[where]
	if l == nil && !o.failed[where] {
		l = o.listenOn(where, link, now)
	}
	if l == nil || slices.Equal(l.want, addrs) {
		return
	}
	if err := l.socket.Want(addrs); err != nil {
		o.trouble(where, link.Name, "cannot listen for all addresses", err, now)
		return
	}
	l.want = addrs
}

// listenOn opens a socket; nil if that fails.
func (o *owner) listenOn(where at, link Link, now time.Time) *listener {
	socket, err := o.network.Listen(link, where.protocol)
	if err != nil {
		o.failed[where] = true
		o.trouble(where, link.Name, "cannot listen", err, now)
		return nil
	}
	l := &listener{at: where, name: link.Name, socket: socket}
	o.listeners[where] = l
	o.running.Go(func() { o.listen(l, o.heard, o.broken) })
	o.log.Info("listening", "link", link.Name, "protocol", where.protocol.String())
	return l
}

// trouble notes that something is to be tried again.
func (o *owner) trouble(where at, link, what string, err error, now time.Time) {
	o.metrics.linkErrors.WithLabelValues(link, where.protocol.String()).Inc()
	o.log.Warn(what, "link", link, "protocol", where.protocol.String(), "error", err, "retry", reopenInterval)
	o.reopen = now.Add(reopenInterval)
}

// broke ends a listener that failed with all claims on its link: once it listens
// again, they are made again and announced.
func (o *owner) broke(f failure, now time.Time) {
	if o.listeners[f.listener.at] != f.listener {
		return // it was closed meanwhile
	}
	o.trouble(f.listener.at, f.listener.name, "stopped listening", f.err, now)
	o.shut(f.listener)
	o.failed[f.listener.at] = true
	for _, c := range o.claims {
		if listenAt(c) == f.listener.at {
			o.end(c)
		}
	}
	o.stale = true
}

// shut closes a listener. Its goroutine ends by itself.
func (o *owner) shut(l *listener) {
	l.closed.Store(true)
	if err := l.socket.Close(); err != nil {
		o.log.Debug("close socket", "link", l.name, "error", err)
	}
	delete(o.listeners, l.at)
}

// takeUp makes the claims that are new. Of all that come at once, what is due is
// due at the same time.
func (o *owner) takeUp(wanted map[claimKey]bool, now time.Time) {
	for key := range wanted {
		c := o.claims[key]
		switch {
		case o.listeners[at{key.link, protocolOf(key.addr)}] == nil:
			continue
		case c == nil:
			c = newClaim(key.addr, key.link, o.yield, now)
			o.claims[key] = c
		case c.stance == stanceLeaving:
			c.start(now)
		default:
			continue
		}
		for kind := range o.agendas {
			o.agendas[kind].place(c)
		}
	}
}
