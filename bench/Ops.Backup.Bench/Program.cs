using Ops.Backup.Bench;

return args switch
{
    ["listing", .. var rest] => await ListingBench.RunAsync(Arguments.Number(rest, "--rows", 1_000_000)),
    ["ingest", .. var rest] => await IngestBench.RunAsync(Arguments.Number(rest, "--files", 100_000)),
    _ => Arguments.Usage("listing [--rows N] | ingest [--files N]"),
};
