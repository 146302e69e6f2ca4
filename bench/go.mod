module github.com/graphcontract/graphcontract/bench

go 1.25.0

require (
	github.com/graphcontract/graphcontract v0.0.0
	github.com/h2non/gock v1.2.0
	github.com/jarcoal/httpmock v1.4.2
	github.com/stretchr/testify v1.12.1
	github.com/yuin/goldmark v1.8.7
	gopkg.in/dnaeon/go-vcr.v4 v4.0.7
)

require (
	github.com/brianvoe/gofakeit/v6 v6.28.0 // indirect
	github.com/h2non/parth v0.0.0-20190131123155-b4df798d6542 // indirect
	github.com/santhosh-tekuri/jsonschema/v5 v5.3.1 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	go.yaml.in/yaml/v4 v4.0.0-rc.6 // indirect
)

replace github.com/graphcontract/graphcontract => ../
