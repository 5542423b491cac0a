package discord

import "slices"

// task is a kind of work of the catching up; lower ones go first.
type task int

const (
	lookUp task = iota // a channel that a message came from and that is not known
	fetch              // a channel's messages after its mark
	list               // a channel's archived threads
	rescan             // a channel's messages behind its mark
	tasks
)

type job struct {
	task    task
	channel string
}

// jobs is what is to be caught up, each once, in the order asked for within a
// kind.
type jobs struct {
	queue [tasks][]string
	in    map[job]bool
	doing bool
}

func newJobs() jobs { return jobs{in: map[job]bool{}} }

// maxLookUps bounds the strange channels that are asked for at a time.
const maxLookUps = 64

func (j *jobs) add(jb job) {
	if j.in[jb] || jb.task == lookUp && len(j.queue[lookUp]) >= maxLookUps {
		return
	}
	j.in[jb] = true
	j.queue[jb.task] = append(j.queue[jb.task], jb.channel)
}

// next takes the next job.
func (j *jobs) next() (job, bool) {
	for t := range j.queue {
		if len(j.queue[t]) > 0 {
			jb := job{task(t), j.queue[t][0]}
			j.queue[t] = slices.Delete(j.queue[t], 0, 1)
			delete(j.in, jb)
			j.doing = true
			return jb, true
		}
	}
	j.doing = false
	return job{}, false
}

func (j *jobs) busy() bool { return j.doing || len(j.in) > 0 }
