package intent

// reading is what one object says now: its meaning, if nothing in findings refuses it.
type reading[M any] struct {
	name     string
	meaning  M
	findings findings
}

// readEach reads every object of one kind on its own.
func readEach[P, M any](entries []entry[P], parse func(P, *findings) M) []reading[M] {
	readings := make([]reading[M], len(entries))
	for i, e := range entries {
		r := reading[M]{name: e.ref.Name, findings: e.findings()}
		if r.findings.usable() {
			r.meaning = parse(e.object, &r.findings)
		}
		readings[i] = r
	}
	return readings
}

// consequence words what follows from an object that cannot be used as it is.
type consequence struct {
	kept string // its last valid meaning goes on
	lost string // it never was valid
}

// settle chooses the meaning of an object: what it says now, or else what it
// said when it was last valid. So a mistake takes nothing away that worked.
func settle[M any](now reading[M], last map[string]M, follows consequence) (meaning M, found bool, problems []Problem) {
	if now.findings.usable() {
		return now.meaning, true, now.findings.problems("")
	}
	if before, had := last[now.name]; had {
		return before, true, now.findings.problems(follows.kept)
	}
	return meaning, false, now.findings.problems(follows.lost)
}

// byName indexes meanings by the names of their objects.
func byName[M any](meanings []M, name func(M) string) map[string]M {
	index := make(map[string]M, len(meanings))
	for _, m := range meanings {
		index[name(m)] = m
	}
	return index
}
