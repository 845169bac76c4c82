package daemon

import "net/http"

// Recorder is the http.ResponseWriter of one answer. It records what an access log
// shows.
type Recorder struct {
	http.ResponseWriter
	// Status is zero until the answer begins.
	Status, Bytes int
}

// WriteHeader records the status.
func (r *Recorder) WriteHeader(status int) {
	if r.Status == 0 {
		r.Status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (r *Recorder) Write(p []byte) (int, error) {
	if r.Status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	n, err := r.ResponseWriter.Write(p)
	r.Bytes += n
	return n, err
}

// Unwrap lets http.ResponseController find the writer behind.
func (r *Recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
