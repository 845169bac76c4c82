package runner

import (
	"errors"
	"os/exec"
	"syscall"
	"time"
)

// group is the processes that a command started, itself included.
type group struct{ id int }

// ownGroup makes the command the first process of a group of its own, so that
// a signal to it reaches its children, too.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func (g group) signal(s syscall.Signal) { _ = syscall.Kill(-g.id, s) } // nobody is left to get it

// gone reports whether no process of the group is left. Where the runner is the
// first process of a container it inherits orphans, and must ask for their end.
func (g group) gone() bool {
	for {
		pid, err := syscall.Wait4(-g.id, nil, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if pid <= 0 {
			break
		}
	}
	return errors.Is(syscall.Kill(-g.id, 0), syscall.ESRCH)
}

// stop asks the processes to end until they do, or until they had their grace;
// then it kills them. done ends the waiting.
//
// The signal is SIGINT: test2json lets it pass, so that it can go on to tell
// what the suite says while that cleans up, and would die of SIGTERM. It is
// sent again because the suite may not have been ready for the first.
func (g group) stop(grace time.Duration, done <-chan struct{}) {
	again := time.NewTicker(min(time.Second, grace/3))
	defer again.Stop()
	end := time.NewTimer(grace)
	defer end.Stop()
	for {
		g.signal(syscall.SIGINT)
		select {
		case <-done:
			return
		case <-end.C:
			g.signal(syscall.SIGKILL)
			return
		case <-again.C:
		}
	}
}

// clear ends what is left of the group after its first process ended.
func (g group) clear(grace time.Duration) {
	if g.gone() {
		return
	}
	done := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for !g.gone() {
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	g.stop(grace, done)
	close(stop)
	<-done
}
