// Package gafaelfawr speaks the protocol of Gafaelfawr, the authentication
// service of a Phalanx deployment: its tokens, challenges, headers, error
// bodies and HTTP API. The Muster server, the validation suite and the local
// deployment share it.
//
// # Sources
//
// Facts come from Gafaelfawr 15.0.0 to 15.4.1, read in source and recorded
// behind the real ingress-nginx; where a doc comment says "recorded", the
// answer is in fixtures/recordings.
package gafaelfawr
