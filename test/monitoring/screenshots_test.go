//go:build screenshots

package monitoring

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestTakeScreenshots makes the pictures of docs/images: make screenshots. A browser is
// much to ask of who only runs the tests.
func TestTakeScreenshots(t *testing.T) {
	s := newScene(t)
	pageOf(t, s)
	for name, size := range map[string]string{"status-page.png": "1100,1500", "status-page-phone.png": "390,1800"} {
		shot := filepath.Join(s.desk.Dir(), name)
		ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
		out, err := s.desk.Exec(ctx, "/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
			"--user-data-dir="+filepath.Join(s.desk.Dir(), "chromium"), "--window-size="+size, "--screenshot="+shot,
			fmt.Sprintf("http://%s:9120/status", s.node.Addr4()))
		cancel()
		if err != nil {
			t.Fatalf("chromium: %v\n%s", err, out)
		}
		small, err := shrink(shot)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("../../docs/images", name), small, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// shrink encodes a picture anew with the 256 colors that it has most of.
func shrink(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	picture, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	counts := map[color.Color]int{}
	bounds := picture.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[picture.At(x, y)]++
		}
	}
	colors := slices.SortedFunc(maps.Keys(counts), func(a, b color.Color) int { return cmp.Compare(counts[b], counts[a]) })
	out := image.NewPaletted(bounds, colors[:min(len(colors), 256)])
	nearest := map[color.Color]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := picture.At(x, y)
			if _, known := nearest[c]; !known {
				nearest[c] = uint8(out.Palette.Index(c))
			}
			out.SetColorIndex(x, y, nearest[c])
		}
	}
	var b bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out)
	return b.Bytes(), err
}
