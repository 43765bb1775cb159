package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

func spec(team string, length int) JobSpecInput {
	var body JobSpecInput
	text := fmt.Sprintf(`{"model":{"cell":"rnn"},"data":{"task":"adding"},"sequence_length":%d,"metadata":{"team":%q}}`, length, team)
	must(json.Unmarshal([]byte(text), &body))
	return body
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	url, seeded, team := os.Args[1], os.Args[2], os.Args[3]
	ctx := context.Background()
	client, err := NewClientWithResponses(url)
	must(err)
	made, err := client.CreateJobWithResponse(ctx, &CreateJobParams{}, spec(team, 10))
	must(err)
	filter := map[string]string{"team": team}
	listed, err := client.ListJobsWithResponse(ctx, &ListJobsParams{Metadata: &filter})
	must(err)
	metrics, err := client.GetJobMetricsWithResponse(ctx, seeded, &GetJobMetricsParams{})
	must(err)
	rows, err := metrics.JSON200.AsMetrics()
	must(err)
	infinity := false
	for _, cell := range rows.Series["grad_norm"] {
		text, err := cell.MarshalJSON()
		must(err)
		infinity = infinity || string(text) == `"Infinity"`
	}
	paged, limit := 0, 2
	var after *string
	for {
		page, err := client.ListJobsWithResponse(ctx, &ListJobsParams{Limit: &limit, After: after})
		must(err)
		paged += len(page.JSON200.Data)
		after = page.JSON200.Next
		if after == nil {
			break
		}
	}
	refused, err := client.CreateJobWithResponse(ctx, &CreateJobParams{}, spec(team, 0))
	must(err)
	text, err := json.Marshal(map[string]any{
		"created":  strings.HasPrefix(made.JSON201.Id, "job_"),
		"filtered": len(listed.JSON200.Data),
		"infinity": infinity,
		"paged":    paged,
		"problem":  refused.ApplicationproblemJSON422.Code,
	})
	must(err)
	fmt.Println(string(text))
}
