package client

import "fmt"

// StatusError is an answer with a status that was not wanted.
type StatusError struct {
	URL         string
	Status      int
	ContentType string
}

// Error names the request and the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("GET %s gave %d (%s)", e.URL, e.Status, e.ContentType)
}

// FrontError says that something in front of the deployment answers everything.
type FrontError struct {
	Status int
	Text   string
}

// Error says what it answers.
func (e *FrontError) Error() string { return e.Text }
