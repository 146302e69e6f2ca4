// Package bench compares the reading of every v1.0 page with goldmark's parse of the same bytes, and says what a
// catalog and its schemas cost on top. With GRAPHCONTRACT_CORPUS naming the directory of graph-docs-v1.0.zip, run
// "go test -bench ." for each on its own and "go test -run Ratios -v" for a table of all, measured in turn.
//
// It also holds the mock against a bare handler, and against httpmock, gock and go-vcr. TestMockRatios needs no pages.
package bench
