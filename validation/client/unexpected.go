package client

import "fmt"

// StatusError is an answer with an unexpected status.
type StatusError struct {
	URL         string
	Status      int
	ContentType string
}

// Error implements error.
func (e *StatusError) Error() string {
	return fmt.Sprintf("GET %s gave %d (%s)", e.URL, e.Status, e.ContentType)
}

// FrontError says that something in front of the deployment answers everything.
type FrontError struct {
	Status int
	Text   string
}

// Error implements error.
func (e *FrontError) Error() string { return e.Text }
