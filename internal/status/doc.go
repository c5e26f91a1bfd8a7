// Package status says what a node's speaker has to tell: the objects that
// MetalLB's users read (ServiceBGPStatus, ServiceL2Status, ConfigurationState),
// the node's NodeState, and Kubernetes Events about what changed. Decided,
// published, applied and established are four facts here, and none stands in for another.
//
// It is pure: it takes facts and returns values. It must not import a clock, a
// logger, client-go or anything that does I/O. Nothing in it holds a secret:
// problems and results have none.
package status
