// Package kube speaks to the API server: it follows the objects that speakers
// read and gives them out as intent.Objects, and asks who may read metrics.
//
// Watches, their resumption and backoff are client-go's, which nothing else of the
// speaker imports. The package decides nothing about a service, and must not
// import internal/speaker: what it is told to do comes through small functions.
package kube
