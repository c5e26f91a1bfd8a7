// Package deploy shows that what users apply is sound: the manifest, the overlays
// and the chart are rendered with the tools that users have, compared with each
// other, and given to a real API server.
//
// It must not import the code under test.
package deploy
