using Ops.Backup.Bench;

return args switch
{
    ["listing", .. var rest] => await ListingBench.RunAsync(Arguments.Number(rest, "--rows", 1_000_000)),
    ["retention", .. var rest] => await RetentionBench.RunAsync(Arguments.Number(rest, "--rows", 1_000_000), Arguments.Number(rest, "--configs", 1_000)),
    ["statistics", .. var rest] => await StatisticsBench.RunAsync(Arguments.Number(rest, "--rows", 1_000_000)),
    ["ingest", .. var rest] => await IngestBench.RunAsync(Arguments.Number(rest, "--files", 100_000)),
    ["dump", .. var rest] => await DumpBench.RunAsync(Arguments.Number(rest, "--megabytes", 1_000), Arguments.Number(rest, "--rounds", 5)),
    ["compression", .. var rest] => await CompressionBench.RunAsync(Arguments.Number(rest, "--megabytes", 600), Arguments.Number(rest, "--rounds", 5)),
    ["stores", .. var rest] => await StoresBench.RunAsync(StoreOptions.Of(rest)),
    ["one-pass", .. var rest] => await OnePassBench.RunAsync(StoreOptions.Of(rest)),
    ["stages", .. var rest] => await StagesBench.RunAsync(StoreOptions.Of(rest)),
    ["upload", .. var rest] => await UploadBench.RunAsync(StoreOptions.Of(rest)),
    ["memory", .. var rest] => await MemoryBench.RunAsync(StoreOptions.Of(rest)),
    ["schedule", .. var rest] => await ScheduleBench.RunAsync(
        Arguments.Number(rest, "--configs", 10_000), Arguments.Number(rest, "--due", 1_000), Arguments.Number(rest, "--nodes", 3), Arguments.Number(rest, "--concurrent", 8)),
    // Started by the measurements themselves.
    ["serve-oss", .. var rest] => await StoreServer.ServeOssAsync(rest),
    ["serve-s3", .. var rest] => await StoreServer.ServeS3Async(rest),
    _ => Arguments.Usage("listing [--rows N] | statistics [--rows N] | retention [--rows N] [--configs N] | ingest [--files N] | dump [--megabytes N] [--rounds N] | compression [--megabytes N] [--rounds N]"
        + " | schedule [--configs N] [--due N] [--nodes N] [--concurrent N]"
        + $" | stores {StoreOptions.Usage} | one-pass, stages, upload or memory, which are its parts, with the same options"),
};
