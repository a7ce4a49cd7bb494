using Ops.Backup.Domain.BackupJobs;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests;

/// <summary>What keeps a backup from being deleted by hand.</summary>
public sealed class DeletionTests
{
    [Fact]
    public void A_hold_keeps_a_backup_until_it_is_over()
    {
        var job = A.JobThat(BackupStatus.Success);
        job.PutOnHold(new Hold("audit", A.Noon.AddDays(1), A.Noon));
        var refusal = Should.Throw<ConflictException>(() => job.MarkDeleted(A.Noon.AddDays(1).AddSeconds(-1)));
        (refusal.Code, refusal.Message).ShouldBe(("BACKUP_ON_HOLD", $"Backup {job.Id} is on hold until 2026-11-22T12:00:00Z: audit. Take the hold away first."));
        job.Deleted.ShouldBeFalse();
        job.MarkDeleted(A.Noon.AddDays(1));
        (job.Deleted, job.DeletedAt, job.DeleteReason, job.IsBeingDeleted).ShouldBe((true, A.Noon.AddDays(1), DeleteReason.Manual, false));
    }

    [Fact]
    public void A_hold_that_was_taken_away_keeps_nothing()
    {
        var job = A.JobThat(BackupStatus.Failed);
        job.PutOnHold(new Hold("audit", A.Noon.AddDays(1), A.Noon));
        job.PutOnHold(null);
        job.MarkDeleted(A.Noon);
        job.Deleted.ShouldBeTrue();
    }
}
