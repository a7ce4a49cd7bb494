using Ops.Backup.Bench;

return args switch
{
    ["listing", .. var rest] => await ListingBench.RunAsync(Arguments.Number(rest, "--rows", 1_000_000)),
    ["ingest", .. var rest] => await IngestBench.RunAsync(Arguments.Number(rest, "--files", 100_000)),
    ["dump", .. var rest] => await DumpBench.RunAsync(Arguments.Number(rest, "--megabytes", 1_000), Arguments.Number(rest, "--rounds", 5)),
    ["compression", .. var rest] => await CompressionBench.RunAsync(Arguments.Number(rest, "--megabytes", 600), Arguments.Number(rest, "--rounds", 5)),
    _ => Arguments.Usage("listing [--rows N] | ingest [--files N] | dump [--megabytes N] [--rounds N] | compression [--megabytes N] [--rounds N]"),
};
