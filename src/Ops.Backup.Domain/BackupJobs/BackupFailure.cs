namespace Ops.Backup.Domain.BackupJobs;

/// <summary>Why a run failed. Stored and reported as <c>CODE: text</c>; the code is stable.</summary>
public sealed record BackupFailure(string Code, string Message)
{
    private const int MaxLength = 4000;

    public override string ToString()
    {
        var text = $"{Code}: {Message}".Replace('\0', ' ');
        return text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength), "…");
    }
}
