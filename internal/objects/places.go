package objects

import "frr-speaker/internal/intent"

// Places knows where in files objects and their fields stand.
type Places struct {
	byObject map[intent.Ref]place
}

// place is where an object begins.
type place struct {
	file string
	unit unit
	path fieldPath // of the object in the unit
	line int       // of the unit
}

// NewPlaces looks through texts by the names of their files, as DecodeAll reads them.
func NewPlaces(texts map[string][]byte, opts Options) *Places {
	opts = opts.withDefaults()
	p := &Places{byObject: map[intent.Ref]place{}}
	for name, data := range texts {
		for _, u := range splitFile(data) {
			r := decode(u, u.key(), opts)
			if r.noYAML && u.whole != nil {
				u = *u.whole // its items do not stand on their own
				r = decode(u, u.key(), opts)
			}
			p.add(name, u, r)
		}
	}
	return p
}

func (p *Places) add(file string, u unit, r *result) {
	for _, o := range r.objects {
		if have, twice := p.byObject[o.ref]; twice && have.file <= file {
			continue
		}
		p.byObject[o.ref] = place{file, u, o.path, o.line}
	}
}

// Find returns the file and the line, from 1, of a field, or of the nearest thing around
// it that is written; "" is the object itself. It returns false for an object in no file.
func (p *Places) Find(object intent.Ref, field string) (file string, line int, found bool) {
	at, found := p.byObject[object]
	if !found {
		return "", 0, false
	}
	line = at.line
	if field != "" {
		finder := lineFinder{unit: at.unit}
		line = finder.find(at.path.child(parsePath(field)...))
	}
	return at.file, at.unit.line + line - 1, true
}
