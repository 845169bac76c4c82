// Command hello is small, so that tests can build it for several platforms.
package main

var version = "none"

func main() { println("hello", version) }
