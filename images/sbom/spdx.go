package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// subject is what the document is about.
type subject struct {
	name, version string
	created       time.Time
}

// The parts of SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/) that there is something to say in.
type (
	spdxDocument struct {
		Version       string             `json:"spdxVersion"`
		License       string             `json:"dataLicense"`
		ID            string             `json:"SPDXID"`
		Name          string             `json:"name"`
		Namespace     string             `json:"documentNamespace"`
		Creation      spdxCreation       `json:"creationInfo"`
		Packages      []spdxPackage      `json:"packages"`
		Files         []spdxFile         `json:"files,omitempty"`
		Relationships []spdxRelationship `json:"relationships"`
	}
	spdxCreation struct {
		Created  string   `json:"created"`
		Creators []string `json:"creators"`
	}
	spdxPackage struct {
		ID        string          `json:"SPDXID"`
		Name      string          `json:"name"`
		Version   string          `json:"versionInfo"`
		Location  string          `json:"downloadLocation"`
		Analyzed  bool            `json:"filesAnalyzed"`
		Purpose   string          `json:"primaryPackagePurpose,omitempty"`
		Externals []spdxReference `json:"externalRefs,omitempty"`
	}
	spdxReference struct {
		Category string `json:"referenceCategory"`
		Type     string `json:"referenceType"`
		Locator  string `json:"referenceLocator"`
	}
	spdxFile struct {
		ID        string         `json:"SPDXID"`
		Name      string         `json:"fileName"`
		Checksums []spdxChecksum `json:"checksums"`
	}
	spdxChecksum struct {
		Algorithm string `json:"algorithm"`
		Value     string `json:"checksumValue"`
	}
	spdxRelationship struct {
		From string `json:"spdxElementId"`
		Type string `json:"relationshipType"`
		To   string `json:"relatedSpdxElement"`
	}
)

const imageID = "SPDXRef-image"

// document describes an image and what it contains, in a fixed order.
func document(s subject, c contents) spdxDocument {
	d := spdxDocument{
		Version: "SPDX-2.3", License: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: "frr-speaker-" + s.name + "-" + s.version,
		Creation: spdxCreation{Created: s.created.Format(time.RFC3339), Creators: []string{"Tool: frr-speaker-images-sbom"}},
		Packages: []spdxPackage{{
			ID: imageID, Name: "frr-speaker/" + s.name, Version: s.version, Location: "NOASSERTION", Purpose: "CONTAINER",
		}},
		Relationships: []spdxRelationship{{"SPDXRef-DOCUMENT", "DESCRIBES", imageID}},
	}
	for i, m := range sorted(c.modules) {
		d.add("SPDXRef-go-"+strconv.Itoa(i), m, "pkg:golang/"+m.name+"@"+url.PathEscape(m.version))
	}
	for i, p := range sorted(c.packages) {
		d.add("SPDXRef-deb-"+strconv.Itoa(i), p, "pkg:deb/debian/"+p.name+"@"+url.PathEscape(p.version)+"?arch="+p.arch)
	}
	slices.SortFunc(c.files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	for i, f := range c.files {
		id := "SPDXRef-file-" + strconv.Itoa(i)
		d.Files = append(d.Files, spdxFile{ID: id, Name: "./" + f.name, Checksums: []spdxChecksum{{"SHA1", f.sha1}, {"SHA256", f.sha256}}})
		d.Relationships = append(d.Relationships, spdxRelationship{imageID, "CONTAINS", id})
	}
	d.Namespace = "https://spdx.org/spdxdocs/" + d.Name + "-" + digest(d)
	return d
}

func (d *spdxDocument) add(id string, c component, purl string) {
	d.Packages = append(d.Packages, spdxPackage{
		ID: id, Name: c.name, Version: c.version, Location: "NOASSERTION",
		Externals: []spdxReference{{"PACKAGE-MANAGER", "purl", purl}},
	})
	d.Relationships = append(d.Relationships, spdxRelationship{imageID, "CONTAINS", id})
}

// digest makes the namespace of a document as unique as what it says.
func digest(d spdxDocument) string {
	text, _ := json.Marshal(d) // strings and lists of them: it cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

func sorted(set map[component]bool) []component {
	return slices.SortedFunc(maps.Keys(set), func(a, b component) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.version, b.version), cmp.Compare(a.arch, b.arch))
	})
}
