// Package report turns samples of durations into Markdown tables with medians,
// spread and ratios. It must not import any package of the project.
package report
