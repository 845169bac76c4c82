package main

import "testing"

func TestVersion(t *testing.T) {
	if version == "none" {
		t.Error("no version was set")
	}
}
