namespace Ops.Backup.Bench;

internal sealed record BackupRequest(string Format, string Compression, int Jobs = 1)
{
    public object Body => new { source = "bench", format = Format, compression = Compression, jobs = Jobs, includeGlobals = false };

    public override string ToString() => Jobs == 1 ? $"{Format} {Compression}" : $"{Format} {Compression}, {Jobs} jobs";
}
