namespace Ops.Backup.Bench;

/// <summary>All that is measured with several stores, one after the other.</summary>
internal static class StoresBench
{
    public static async Task<int> RunAsync(StoreOptions options)
    {
        await OnePassBench.RunAsync(options);
        await StagesBench.RunAsync(options);
        await UploadBench.RunAsync(options);
        // Its rows are peaks, which one job shows; the sizes and the stall take their time.
        return await MemoryBench.RunAsync(options with { Rounds = 1 });
    }
}
