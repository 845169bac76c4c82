package runner

import (
	"errors"
	"os/exec"
	"syscall"
	"time"
)

// processGroup is the processes that a command started, itself included.
type processGroup struct{ id int }

// inOwnGroup makes the command the first process of its own group, so that a
// signal to the group also reaches its children.
func inOwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func (g processGroup) signal(s syscall.Signal) { _ = syscall.Kill(-g.id, s) } // all may have ended

// gone reports whether no process of the group is left. As the first process of
// a container, the runner inherits orphans and must reap them.
func (g processGroup) gone() bool {
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

// stop interrupts the processes until done is closed, and kills them when grace is
// over.
//
// The signal is SIGINT: test2json ignores it and goes on to report what the suite
// prints while that cleans up, but would die of SIGTERM. It is sent again because
// the suite may not have handled the first: its handler may not have been set.
func (g processGroup) stop(grace time.Duration, done <-chan struct{}) {
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

// clear ends the rest of the group after its first process ended.
func (g processGroup) clear(grace time.Duration) {
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
