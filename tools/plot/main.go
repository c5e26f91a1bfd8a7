// Command plot draws the figures of a benchmark run.
//
//	plot DIR     reads DIR/README.json, which "make bench" writes, and writes DIR/change.svg and DIR/cold.svg
package main

import (
	"encoding/json"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: plot DIR")
		os.Exit(2)
	}
	if err := drawAll(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

// figure is one of those that package bench writes; times are in seconds.
type figure struct {
	FRR      string  `json:"frr"`
	Kind     string  `json:"kind"`
	Services int     `json:"services"`
	Peers    int     `json:"peers"`
	Side     string  `json:"side"`
	Until    string  `json:"until"`
	Median   float64 `json:"median"`
	Least    float64 `json:"least"`
	Most     float64 `json:"most"`
}

// peers is the number of peers that the pictures are of.
const peers = 4

// hold is for how many seconds bgpd itself keeps a new route before it tells anybody.
const hold = 0.05

func drawAll(dir string) error {
	raw, err := os.ReadFile(filepath.Join(dir, "README.json"))
	if err != nil {
		return err
	}
	var figures []figure
	if err := json.Unmarshal(raw, &figures); err != nil {
		return fmt.Errorf("read the figures: %w", err)
	}
	for _, picture := range []struct{ file, kind, title string }{
		{"change.svg", "one service more, sorting last", "One service more: until all 4 peers have heard"},
		{"cold.svg", "cold load", "All services into an empty FRR: until all 4 peers have them"},
	} {
		p, err := compare(figures, picture.kind, picture.title)
		if err != nil {
			return fmt.Errorf("draw %s: %w", picture.file, err)
		}
		if err := p.Save(18*vg.Centimeter, 10*vg.Centimeter, filepath.Join(dir, picture.file)); err != nil {
			return fmt.Errorf("draw %s: %w", picture.file, err)
		}
	}
	return nil
}

// compare draws both sides, on each FRR, over the number of services; both axes are logarithmic.
func compare(figures []figure, kind, title string) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.Title.Padding, p.X.Label.Text, p.Y.Label.Text = title, 2*vg.Millimeter, "services", "time"
	p.BackgroundColor = color.White // readable on a dark page too
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.TickerFunc(thousands), plot.TickerFunc(times)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 8, 18_000, 0.03, 600
	p.Legend.Top, p.Legend.Left, p.Legend.Padding = true, true, vg.Millimeter
	p.Add(plotter.NewGrid())
	line, err := plotter.NewLine(plotter.XYs{{X: p.X.Min, Y: hold}, {X: p.X.Max, Y: hold}})
	if err != nil {
		return nil, err
	}
	line.Color, line.Dashes = color.Gray{Y: 128}, []vg.Length{vg.Points(2), vg.Points(3)}
	for n, s := range []struct{ frr, side string }{
		{"FRR 8.4", "frr-reload.py"}, {"FRR 10.3", "frr-reload.py"}, {"FRR 8.4", "ours"}, {"FRR 10.3", "ours"},
	} {
		of := slices.DeleteFunc(slices.Clone(figures), func(f figure) bool {
			return f.Kind != kind || f.Peers != peers || f.Until != "peers" || f.FRR != s.frr || f.Side != s.side
		})
		if len(of) == 0 {
			continue
		}
		if err := addSeries(p, of, n, s.side+", "+s.frr); err != nil {
			return nil, err
		}
	}
	p.Add(line)
	p.Legend.Add("bgpd's own 50 ms", line)
	return p, nil
}

// series is medians with their range.
type series struct {
	plotter.XYs
	plotter.YErrors
}

func addSeries(p *plot.Plot, of []figure, n int, name string) error {
	var s series
	for _, f := range of {
		s.XYs = append(s.XYs, plotter.XY{X: float64(f.Services), Y: f.Median})
		s.YErrors = append(s.YErrors, struct{ Low, High float64 }{f.Median - f.Least, f.Most - f.Median})
	}
	line, marks, err := plotter.NewLinePoints(s)
	if err != nil {
		return err
	}
	bars, err := plotter.NewYErrorBars(s)
	if err != nil {
		return err
	}
	// Colors of the Okabe-Ito palette, which do not rely on telling red from green.
	line.Color = []color.Color{rgb(0xd5, 0x5e, 0x00), rgb(0xe6, 0x9f, 0x00), rgb(0x00, 0x72, 0xb2), rgb(0x56, 0xb4, 0xe9)}[n]
	line.Width = vg.Points(1.5)
	marks.Color, bars.Color = line.Color, line.Color
	marks.Shape = []draw.GlyphDrawer{draw.TriangleGlyph{}, draw.BoxGlyph{}, draw.CircleGlyph{}, draw.PyramidGlyph{}}[n]
	p.Add(line, marks, bars)
	p.Legend.Add(name, line, marks)
	return nil
}

func rgb(r, g, b uint8) color.Color { return color.RGBA{R: r, G: g, B: b, A: 255} }

// thousands are the sizes that are measured.
func thousands(_, _ float64) []plot.Tick {
	return []plot.Tick{{Value: 10, Label: "10"}, {Value: 100, Label: "100"}, {Value: 1000, Label: "1,000"}, {Value: 10_000, Label: "10,000"}}
}

// times are powers of ten, in the unit that one reads them in.
func times(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for _, t := range []float64{0.01, 0.1, 1, 10, 100, 1000} {
		label := strconv.FormatFloat(t, 'f', -1, 64) + " s"
		if t < 1 {
			label = strconv.FormatFloat(t*1000, 'f', -1, 64) + " ms"
		}
		if low <= t && t <= high {
			ticks = append(ticks, plot.Tick{Value: t, Label: label})
		}
	}
	return ticks
}
