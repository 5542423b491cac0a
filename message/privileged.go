package message

// Unprivileged is the observation without what only privileged readers may
// see: o itself where it has nothing of the kind, else a copy without
// Privileged and without the native bytes, which hold it too. Everything that
// shows an observation, or hands one on, goes by way of it.
func (o *Observation) Unprivileged() *Observation {
	if o == nil || o.Privileged == "" {
		return o
	}
	c := *o
	c.Privileged, c.Native = "", nil
	return &c
}
