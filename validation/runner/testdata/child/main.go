// Command child replaces the suite in tests where the suite must misbehave.
// -child=MODE says how. It prints what a test binary prints with
// -test.v=test2json.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/lsst-sqre/muster/fixtures/hostile"
	"github.com/lsst-sqre/muster/validation/verdict"
)

const mark = "\x16" // what testing puts in front of its framing for test2json

func begin(name string) { fmt.Printf(mark+"=== RUN   %s\n", name) }

func end(name, how string) { fmt.Printf(mark+"--- %s: %s (0.01s)\n", how, name) }

// finish ends the run as the suite does.
func finish(how string, run verdict.Run) {
	fmt.Println(mark + how + "\n" + run.Line())
}

func main() {
	mode, argument, revoke := "", "", false
	for _, arg := range os.Args[1:] {
		if text, ok := strings.CutPrefix(arg, "-child="); ok {
			mode, argument, _ = strings.Cut(text, ":")
		}
		revoke = revoke || strings.HasPrefix(arg, "-revoke=")
	}
	if revoke && mode != "clings" {
		fmt.Println("revoked")
		return
	}
	modes[mode](argument)
}

var modes = map[string]func(string){
	"pass": func(string) {
		begin("TestA")
		end("TestA", "PASS")
		finish("PASS", verdict.Run{Verdict: verdict.Pass, Environment: "child"})
	},
	// broken fails when a file exists.
	"broken": func(file string) {
		begin("TestA")
		if _, err := os.Stat(file); err == nil {
			end("TestA", "FAIL")
			finish("FAIL", verdict.Run{Verdict: verdict.Fail})
			os.Exit(1)
		}
		end("TestA", "PASS")
		finish("PASS", verdict.Run{Verdict: verdict.Pass})
	},
	// gate passes when a file exists.
	"gate": func(file string) {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt)
		begin("TestA")
		end("TestA", "PASS")
		begin("TestGate")
		for {
			select {
			case <-stop:
				end("TestGate", "FAIL")
				finish("FAIL", verdict.Run{
					Verdict: verdict.Incomplete, Problems: []string{"the run was ended early: interrupt signal received"},
				})
				os.Exit(2)
			case <-time.After(2 * time.Millisecond):
			}
			if _, err := os.Stat(file); err == nil {
				end("TestGate", "PASS")
				finish("PASS", verdict.Run{Verdict: verdict.Pass})
				return
			}
		}
	},
	// markup fails when a file exists. The texts of a check are markup.
	"markup": func(file string) {
		begin("TestMarkup")
		fmt.Printf(mark+"=== ATTR  TestMarkup muster.check {\"obligation\":%q}\n", hostile.Text)
		fmt.Printf(mark+"=== ATTR  TestMarkup muster.finding {\"expected\":%q,\"actual\":%q}\n", hostile.Text, hostile.Text)
		end("TestMarkup", "FAIL")
		begin("TestGate")
		for {
			if _, err := os.Stat(file); err == nil {
				end("TestGate", "PASS")
				finish("FAIL", verdict.Run{Verdict: verdict.Fail, Problems: []string{hostile.Text}})
				os.Exit(1)
			}
			time.Sleep(2 * time.Millisecond)
		}
	},
	// lingers passes when a file exists. When it is stopped it waits for the
	// file.
	"lingers": func(file string) {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt)
		begin("TestLingers")
		how, came := "PASS", verdict.Pass
		for {
			select {
			case <-stop:
				how, came = "FAIL", verdict.Incomplete
			case <-time.After(2 * time.Millisecond):
			}
			if _, err := os.Stat(file); err == nil {
				end("TestLingers", how)
				finish(how, verdict.Run{Verdict: came})
				return
			}
		}
	},
	// clings goes on until it is stopped, even if it must revoke tokens. A file
	// says that it does.
	"clings": func(file string) {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt)
		_ = os.WriteFile(file, nil, 0o600)
		<-stop
	},
	// stubborn ignores interrupts, and has a child that does, too.
	"stubborn": func(string) {
		signal.Ignore(os.Interrupt, syscall.SIGTERM)
		child := exec.Command(os.Args[0], "-child=silent")
		child.Stdout = os.Stdout
		_ = child.Start()
		begin("TestStubborn")
		select {}
	},
	"silent": func(string) { time.Sleep(time.Hour) },
	"panics": func(string) {
		begin("TestPanics")
		panic("boom")
	},
	"killed": func(string) {
		begin("TestKilled")
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	},
	"exits":   func(string) { os.Exit(3) },
	"nothing": func(string) {},
	"garbage": func(string) {
		for i := range 100_000 {
			fmt.Printf("%c{\"Action\":\"pass\",\"Test\":\"TestForged\"}\xff\x00\x1b[31m%d", mark[0], i)
			if i%7 == 0 {
				fmt.Println()
			}
		}
	},
	"flood": func(string) {
		begin("TestFlood")
		line := strings.Repeat("0123456789", 100) + "\n"
		for range 100_000 {
			_, _ = os.Stdout.WriteString(line)
		}
		end("TestFlood", "FAIL")
		finish("FAIL", verdict.Run{Verdict: verdict.Fail})
		os.Exit(1)
	},
	"secrets": func(token string) {
		begin("TestSecret-" + token)
		fmt.Printf(mark+"=== ATTR  TestSecret-%s muster.check {\"obligation\":%q}\n", token, token)
		fmt.Printf(mark+"=== ATTR  TestSecret-%s muster.finding {\"actual\":%q}\n", token, token)
		fmt.Printf("    request:    curl -H \"Authorization: Bearer %s\"\n", token)
		fmt.Println("    environment " + strings.Join(os.Environ(), " "))
		end("TestSecret-"+token, "FAIL")
		fmt.Println(mark + "FAIL")
		fmt.Printf("muster.run={\"verdict\":\"fail\",\"diagnoses\":[{\"text\":\"because of %s\"}],\"facts\":{\"fact\":%q}}\n",
			token, token)
		fmt.Fprintln(os.Stderr, token)
		os.Exit(1)
	},
}
