namespace Ops.Backup.Domain.Retention;

/// <summary>What becomes of one backup. There is always at least one note.</summary>
public sealed record RetentionDecision(RetainedBackup Backup, bool IsKept, IReadOnlyList<RetentionNote> Notes)
{
    public bool Has(RetentionReason reason) => Notes.Any(note => note.Reason == reason);
}
