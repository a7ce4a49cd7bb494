using Npgsql;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Retention;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Infrastructure.Tests.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Retention;

/// <summary>What comes between a plan and its deletions, and what becomes of those that fail.</summary>
[Collection(PostgresCollection.Name)]
public sealed class DeletionTests(PostgresFixture postgres) : IAsyncLifetime
{
    private RetentionLab _lab = null!;

    public async Task InitializeAsync() => _lab = await RetentionLab.CreateAsync(postgres);

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Fact]
    public async Task A_backup_put_on_hold_after_the_plan_was_made_stays()
    {
        for (var day = 1; day <= 4; day++) await _lab.AddAsync($"b{day}", day);
        // While the first is being deleted.
        _lab.BeforeDelete = (_, name) =>
        {
            if (name is "b4.dump") _lab.SendAsync(new HoldBackup("b3", new HoldForm("audit", DateTimeOffset.UtcNow.AddDays(1)))).GetAwaiter().GetResult();
        };
        var result = await _lab.ApplyAsync();
        result.Backups.Select(step => (step.Id, step.Outcome)).ShouldBe([("b4", "deleted"), ("b3", "changed")]);
        _lab.Dumps("a").ShouldBe(["b1", "b2", "b3"]);
    }

    [Fact]
    public async Task What_is_being_deleted_can_be_neither_held_nor_deleted_by_hand()
    {
        for (var day = 1; day <= 3; day++) await _lab.AddAsync($"b{day}", day);
        _lab.BeforeDelete = (_, _) => throw new StoreException(StoreCodes.Unreachable, "no answer", isTransient: true);
        await _lab.ApplyAsync();
        (await Should.ThrowAsync<ConflictException>(() => _lab.SendAsync(new HoldBackup("b3", new HoldForm("audit", DateTimeOffset.UtcNow.AddDays(1)))))).Code.ShouldBe("BACKUP_BEING_DELETED");
        (await Should.ThrowAsync<ConflictException>(() => _lab.SendAsync(new DeleteBackup("b3")))).Code.ShouldBe("BACKUP_BEING_DELETED");
    }

    [Theory]
    [InlineData("UPDATE backup_copy SET status = 'failed' WHERE job_id IN ('b1', 'b2')")]
    [InlineData("UPDATE db_backup_job SET deleted = true WHERE id IN ('b1', 'b2')")]
    [InlineData("UPDATE db_backup_job SET config_id = NULL WHERE id IN ('b1', 'b2')")]
    [InlineData("INSERT INTO backup_verification SELECT gen_random_uuid(), id, 'integrity_check', 'failed', '', 1, now(), 'n1' FROM db_backup_job WHERE id IN ('b1', 'b2')")]
    public async Task A_backup_whose_newer_ones_turned_bad_after_the_plan_was_made_stays(string change)
    {
        for (var day = 1; day <= 3; day++) await _lab.AddAsync($"b{day}", day);
        await _lab.Database.ExecuteAsync(change);
        (await _lab.Deletions().BeginAsync(new Deletion(_lab.Config.Id, "b3", [_lab.IdOf("a")]), CancellationToken.None)).ShouldBe(DeletionStart.Changed);
        (await _lab.Database.AskAsync<string>("SELECT status FROM backup_copy WHERE job_id = 'b3'")).ShouldBe("completed");
    }

    [Theory]
    [InlineData("UPDATE backup_copy SET status = 'syncing', claimed_until = now() + interval '1 minute' WHERE job_id = 'b3' AND status = 'failed'")]
    [InlineData("UPDATE db_backup_job SET status = 'RUNNING', finished_at = NULL WHERE id = 'b3'")]
    [InlineData("UPDATE db_backup_job SET config_id = NULL WHERE id = 'b3'")]
    [InlineData("UPDATE db_backup_job SET hold_until = now() + interval '1 minute', hold_reason = 'x' WHERE id = 'b3'")]
    public async Task A_backup_that_changed_after_the_plan_was_made_stays(string change)
    {
        for (var day = 1; day <= 3; day++) await _lab.AddAsync($"b{day}", day, "a,-b");
        var deletion = new Deletion(_lab.Config.Id, "b3", [_lab.IdOf("a")]);
        await _lab.Database.ExecuteAsync(change);
        (await _lab.Deletions().BeginAsync(deletion, CancellationToken.None)).ShouldBe(DeletionStart.Changed);
    }

    [Fact]
    public async Task A_failed_run_that_turned_out_to_be_a_success_stays()
    {
        await _lab.AddAsync("b1", 1, "-a", "FAILED", error: "ABANDONED: died");
        await _lab.Database.ExecuteAsync("UPDATE db_backup_job SET status = 'SUCCESS', error_msg = NULL; UPDATE backup_copy SET status = 'completed'");
        (await _lab.Deletions().BeginAsync(new Deletion(_lab.Config.Id, "b1", []), CancellationToken.None)).ShouldBe(DeletionStart.Changed);
    }

    [Fact]
    public async Task Of_nodes_that_apply_the_same_rules_at_once_each_backup_is_begun_by_one()
    {
        for (var day = 1; day <= 30; day++) await _lab.AddAsync($"b{day:00}", day, "a,b");
        var results = await Task.WhenAll(Enumerable.Range(1, 4).Select(node => Task.Run(() => _lab.ApplyAsync($"n{node}"))));
        results.Sum(result => result.Deleted).ShouldBe(28);
        results.SelectMany(result => result.Backups).Where(step => step.Outcome is "deleted").Select(step => step.Id).ShouldBeUnique();
        _lab.Dumps("a").ShouldBe(["b01", "b02"]);
        (await _lab.LiveAsync()).ShouldBe(["b01", "b02"]);
    }

    [Fact]
    public async Task A_deletion_that_fails_is_listed_and_tried_again_with_growing_pauses_while_the_others_go_on()
    {
        for (var day = 1; day <= 5; day++) await _lab.AddAsync($"b{day}", day);
        var refusals = 3;
        _lab.BeforeDelete = (_, name) =>
        {
            if (name is "b4.dump" && refusals-- > 0) throw new StoreException(StoreCodes.Throttled, "slow down", isTransient: true);
        };
        var result = await _lab.ApplyAsync();
        (result.Deleted, result.Failed).ShouldBe((2, 1));
        result.Backups.Single(step => step.Outcome is "failed").ShouldSatisfyAllConditions(step => step.Id.ShouldBe("b4"), step => step.Error.ShouldBe("STORE_THROTTLED: a: slow down"));
        (await _lab.SendAsync(new GetBackup("b4"))).ShouldSatisfyAllConditions(
            detail => detail.DeleteError.ShouldBe("STORE_THROTTLED: a: slow down"), detail => detail.Copies.Single().Status.ShouldBe("deleting"));
        int[] pauses = [1, 2, 5];
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var list = await _lab.SendAsync(new ListDeletionFailures(10));
            (list.Failed, list.Waiting).ShouldBe((1, 0));
            var item = list.Items.ShouldHaveSingleItem();
            (item.Id, item.Attempts, item.Whole, item.Error).ShouldBe(("b4", attempt, true, "STORE_THROTTLED: a: slow down"));
            (item.NextTryAt - DateTimeOffset.UtcNow).TotalMinutes.ShouldBe(pauses[attempt - 1], 0.2);
            await _lab.SweepAsync();
            (await _lab.SendAsync(new ListDeletionFailures(10))).Items.Single().Attempts.ShouldBe(attempt, "its pause is not over");
            await _lab.MakeDueAsync();
            await _lab.SweepAsync();
        }
        (await _lab.SendAsync(new ListDeletionFailures(10))).Items.ShouldBeEmpty();
        _lab.Dumps("a").ShouldBe(["b1", "b2"]);
        (await _lab.LiveAsync()).ShouldBe(["b1", "b2"]);
    }

    [Fact]
    public async Task A_store_that_is_down_is_left_alone_after_three_failures_and_the_other_is_cleaned()
    {
        await _lab.ConfigureAsync(new RetentionRule(count: 1), ("b", new RetentionRule(count: 2)));
        for (var day = 1; day <= 9; day++) await _lab.AddAsync($"b{day}", day, "a,b");
        var tries = 0;
        _lab.BeforeDelete = (store, _) =>
        {
            if (store is not "a") return;
            tries++;
            throw new StoreException(StoreCodes.Unreachable, "no answer", isTransient: true);
        };
        var result = await _lab.ApplyAsync();
        // Three on the store's own account, and once more each as those backups go from the other store too.
        (tries, result.Left).ShouldBe((6, 5));
        _lab.Dumps("b").ShouldBe(["b1", "b2"]);
        _lab.Dumps("a").Count.ShouldBe(9);
    }

    [Fact]
    public async Task A_copy_on_another_node_s_disk_waits_for_that_node_and_the_row_with_it()
    {
        for (var day = 1; day <= 3; day++) await _lab.AddAsync($"b{day}", day, "a,disk", node: "n2");
        (await _lab.ApplyAsync("n1")).Waiting.ShouldBe(1);
        (_lab.Dumps("a").Count, _lab.Dumps("disk").Count).ShouldBe((2, 3));
        await _lab.SweepAsync("n1");
        (await _lab.LiveAsync()).ShouldContain("b3");
        var list = await _lab.SendAsync(new ListDeletionFailures(10));
        (list.Failed, list.Waiting).ShouldBe((0, 1));
        list.Items.Single().ShouldSatisfyAllConditions(item => item.WaitsFor.ShouldBe(["n2"]), item => item.Stores.ShouldBe(["disk"]), item => item.Error.ShouldBeNull());
        await _lab.SweepAsync("n2");
        _lab.Dumps("disk").Count.ShouldBe(2);
        (await _lab.LiveAsync()).ShouldNotContain("b3");
    }

    [Fact]
    public async Task A_node_that_died_between_the_files_and_the_row_leaves_what_the_next_try_completes()
    {
        for (var day = 1; day <= 3; day++) await _lab.AddAsync($"b{day}", day);
        (await _lab.Deletions().BeginAsync(new Deletion(_lab.Config.Id, "b3", [_lab.IdOf("a")]), CancellationToken.None)).ShouldBe(DeletionStart.Whole);
        foreach (var file in _lab.Files("a").Where(file => file.StartsWith("b3", StringComparison.Ordinal))) File.Delete(_lab.Folder.File($"a/{file}"));
        await _lab.SweepAsync("n2");
        (await _lab.LiveAsync()).ShouldContain("b3", "who began it may still be at work");
        await _lab.MakeDueAsync();
        await _lab.SweepAsync("n2");
        (await _lab.LiveAsync()).ShouldBe(["b1", "b2"]);
    }

    [Fact]
    public async Task A_failed_deletion_is_taken_back_when_the_newer_ones_turn_out_bad_and_its_files_are_whole()
    {
        await _lab.ConfigureAsync(new RetentionRule(count: 1));
        for (var day = 1; day <= 3; day++) await _lab.AddAsync($"b{day}", day);
        _lab.BeforeDelete = (_, name) =>
        {
            // Of b3 the dump is gone, of b2 nothing.
            if (name is "b2.dump" or "b3.dump.sha256") throw new StoreException(StoreCodes.Unreachable, "no answer", isTransient: true);
        };
        (await _lab.ApplyAsync()).Failed.ShouldBe(2);
        await _lab.Database.ExecuteAsync("UPDATE db_backup_job SET status = 'FAILED', error_msg = 'VERIFICATION_FAILED: bad' WHERE id = 'b1'; UPDATE backup_copy SET status = 'failed' WHERE job_id = 'b1'");
        _lab.BeforeDelete = (_, _) => { };
        await _lab.MakeDueAsync();
        await _lab.SweepAsync();
        _lab.Dumps("a").ShouldContain("b2");
        var saved = await _lab.Jobs.GetAsync("b2", CancellationToken.None);
        (saved.Status, saved.DeleteReason, saved.Copies.Single().Status).ShouldBe((BackupStatus.Success, null, CopyStatus.Completed));
        (await _lab.SendAsync(new ListDeletionFailures(10))).Items.ShouldBeEmpty();
        (await _lab.LiveAsync()).ShouldNotContain("b3");
    }

    [Fact]
    public async Task A_verification_that_ends_after_a_copy_was_deleted_is_stored_all_the_same()
    {
        await _lab.ConfigureAsync(new RetentionRule(count: 2), ("a", new RetentionRule(count: 1)));
        for (var day = 1; day <= 2; day++) await _lab.AddAsync($"b{day}", day, "a,b");
        var read = await _lab.Jobs.GetAsync("b2", CancellationToken.None);
        await _lab.ApplyAsync();
        read.Condemn(new BackupFailure("VERIFICATION_FAILED", "bad"), [], DateTimeOffset.UtcNow);
        await _lab.Jobs.SaveIdleAsync(read, BackupStatus.Success, CancellationToken.None);
        var now = await _lab.Jobs.GetAsync("b2", CancellationToken.None);
        (now.Status, now.Copies.Single().StoreName).ShouldBe((BackupStatus.Failed, "b"));
    }

    [Fact]
    public async Task A_repair_or_scan_that_ends_late_does_not_bring_a_deleted_copy_back()
    {
        await _lab.ConfigureAsync(new RetentionRule(count: 2), ("a", new RetentionRule(count: 1)));
        for (var day = 1; day <= 2; day++) await _lab.AddAsync($"b{day}", day, "a,b");
        _lab.BeforeDelete = (_, _) => throw new StoreException(StoreCodes.Unreachable, "no answer", isTransient: true);
        await _lab.ApplyAsync();
        StoredCopy[] outcomes = [StoredCopy.Failed(_lab.IdOf("a"), new BackupFailure("STORE_OBJECT_MISSING", "gone"))];
        (await _lab.Jobs.SettleAsync("b2", outcomes, DateTimeOffset.UtcNow, CancellationToken.None)).Copies.Single(copy => copy.StoreName is "a").Status.ShouldBe(CopyStatus.Deleting);
        _lab.BeforeDelete = (_, _) => { };
        await _lab.MakeDueAsync();
        await _lab.SweepAsync();
        (await _lab.Jobs.SettleAsync("b2", outcomes, DateTimeOffset.UtcNow, CancellationToken.None)).Status.ShouldBe(BackupStatus.Success);
        (await _lab.Jobs.ClaimRepairAsync(CancellationToken.None)).ShouldBeNull();
    }
}
