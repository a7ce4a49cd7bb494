using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Infrastructure.Tests.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Retention;

/// <summary>Which backups go, on a real database and real files.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ApplyRetentionTests(PostgresFixture postgres) : IAsyncLifetime
{
    private RetentionLab _lab = null!;

    public async Task InitializeAsync() => _lab = await RetentionLab.CreateAsync(postgres);

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Fact]
    public async Task What_the_rule_does_not_keep_goes_with_all_its_files_and_its_row_stays_marked()
    {
        for (var day = 1; day <= 4; day++) await _lab.AddAsync($"b{day}", day, "a,b");
        await File.WriteAllTextAsync(_lab.Folder.File("a/b4.dump.partial"), "left");
        var result = await _lab.ApplyAsync();
        (result.Deleted, result.BytesFreed, result.Failed, result.Left).ShouldBe((2, 40, 0, 0));
        result.Backups.Select(step => step.Id).ShouldBe(["b4", "b3"]);
        _lab.Files("a").ShouldBe(["b1.dump", "b1.dump.sha256", "b1.json", "b2.dump", "b2.dump.sha256", "b2.json"]);
        _lab.Dumps("b").ShouldBe(["b1", "b2"]);
        (await _lab.LiveAsync()).ShouldBe(["b1", "b2"]);
        (await _lab.Database.AskAsync<bool>("SELECT bool_and(deleted_at IS NOT NULL AND delete_reason = 'retention' AND delete_retry_at IS NULL) FROM db_backup_job WHERE deleted")).ShouldBeTrue();
        (await _lab.Database.AskAsync<long>("SELECT count(*) FROM backup_copy WHERE job_id IN ('b3', 'b4')")).ShouldBe(0);
    }

    [Fact]
    public async Task Each_store_keeps_by_its_own_rule_and_a_backup_goes_when_no_store_has_it()
    {
        await _lab.ConfigureAsync(new RetentionRule(count: 3), ("a", new RetentionRule(count: 1)));
        for (var day = 1; day <= 4; day++) await _lab.AddAsync($"b{day}", day, "a,b,disk");
        var result = await _lab.ApplyAsync();
        _lab.Dumps("a").ShouldBe(["b1"]);
        _lab.Dumps("b").ShouldBe(["b1", "b2", "b3"]);
        (await _lab.LiveAsync()).ShouldBe(["b1", "b2", "b3"]);
        result.Backups.Count(step => step.Outcome is "copies_deleted").ShouldBe(3);
        var job = await _lab.Jobs.GetAsync("b2", CancellationToken.None);
        (job.Status, job.Mode, job.Copies.Count, job.LocalFile).ShouldBe((BackupStatus.Success, BackupMode.Both, 2, "disk:b2.dump"));
        job.RemoteUrls.ShouldBe(["b:b2.dump"]);
        var report = await File.ReadAllTextAsync(_lab.Folder.File("b/b2.json"));
        report.ShouldContain("\"store\": \"b\"");
        report.ShouldNotContain("\"store\": \"a\"", Case.Sensitive, "the report that stays must not promise the copy that is gone");
    }

    [Fact]
    public async Task Manual_backups_and_those_of_other_configs_are_nobody_s_business()
    {
        await _lab.InsertConfigAsync("other", "other", hasRule: true);
        for (var day = 1; day <= 3; day++)
        {
            await _lab.AddAsync($"mine{day}", day);
            await _lab.AddAsync($"manual{day}", day, ofConfig: false);
            await _lab.AddAsync($"other{day}", day);
            await _lab.Database.ExecuteAsync($"UPDATE db_backup_job SET config_id = 'other' WHERE id = 'other{day}'");
        }
        await _lab.ApplyAsync();
        (await _lab.LiveAsync()).ShouldBe(["manual1", "manual2", "manual3", "mine1", "mine2", "other1", "other2", "other3"]);
    }

    [Fact]
    public async Task Failures_go_when_they_are_old_with_what_they_left_and_those_to_be_tried_again_stay()
    {
        await _lab.AddAsync("good", 1);
        await _lab.AddAsync("old", 20, "-a", "FAILED", error: "DISK_FULL: no room");
        await _lab.AddAsync("canceled", 21, "-a", "CANCELED", error: "SKIPPED: busy");
        await _lab.AddAsync("again", 22, "-a", "FAILED", error: "DISK_FULL: no room");
        await _lab.AddAsync("recent", 2, "-a", "FAILED", error: "DISK_FULL: no room");
        await _lab.AddAsync("condemned", 23, "-a", "FAILED", error: "VERIFICATION_FAILED: bad");
        await _lab.Database.ExecuteAsync("UPDATE db_backup_job SET retry_at = now() WHERE id = 'again'");
        _lab.WriteFiles("a", "condemned");
        await File.WriteAllTextAsync(_lab.Folder.File("a/condemned.dump.corrupt"), "bad");
        await File.WriteAllTextAsync(_lab.Folder.File("a/old.dump.partial"), "left");
        await _lab.ApplyAsync();
        (await _lab.LiveAsync()).ShouldBe(["again", "good", "recent"]);
        _lab.Files("a").ShouldBe(["good.dump", "good.dump.sha256", "good.json"]);
    }

    [Fact]
    public async Task A_backup_that_is_missing_in_one_store_is_good_where_it_is()
    {
        await _lab.AddAsync("new", 1, "a,-b", "FAILED", error: "COPY_FAILED: 1 of 2");
        for (var day = 2; day <= 4; day++) await _lab.AddAsync($"old{day}", day, "a,b");
        await _lab.ApplyAsync();
        _lab.Dumps("a").ShouldBe(["new", "old2"]);
        _lab.Dumps("b").ShouldBe(["old2", "old3"], "there the newest two are others");
    }

    [Theory]
    [InlineData("checksum", "[]", "integrity")]
    [InlineData("checksum", """["age1"]""", "newer")]
    [InlineData("restore_test", "[]", "newer")]
    public async Task A_checksum_proves_an_encrypted_backup_only(string type, string recipients, string provenOne)
    {
        await _lab.ConfigureAsync(new RetentionRule(count: 1));
        await _lab.AddAsync("integrity", 3);
        await _lab.AddAsync("newer", 2, proven: false);
        await _lab.AddAsync("newest", 1, proven: false);
        await _lab.VerifyAsync("newer", type, "passed");
        await _lab.Database.ExecuteAsync($"UPDATE db_backup_job SET recipients = '{recipients}' WHERE id = 'newer'");
        await _lab.ApplyAsync();
        (await _lab.LiveAsync()).ShouldBe(provenOne is "newer" ? ["newer", "newest"] : ["integrity", "newest"]);
    }

    [Fact]
    public async Task A_config_without_rules_keeps_everything()
    {
        await _lab.ConfigureAsync(null);
        for (var day = 1; day <= 3; day++) await _lab.AddAsync($"b{day}", day * 100);
        (await _lab.ApplyAsync()).Backups.ShouldBeEmpty();
    }

    [Fact]
    public async Task With_a_clock_that_is_an_hour_off_nothing_is_deleted()
    {
        for (var day = 1; day <= 3; day++) await _lab.AddAsync($"b{day}", day);
        _lab.Time = new FakeTime(DateTimeOffset.UtcNow.AddMinutes(62));
        (await Should.ThrowAsync<ConflictException>(() => _lab.ApplyAsync())).Code.ShouldBe("CLOCKS_DIFFER");
        await _lab.SweepAsync();
        _lab.Time = new FakeTime(DateTimeOffset.UtcNow.AddMinutes(-62));
        await _lab.SweepAsync();
        _lab.Dumps("a").Count.ShouldBe(3);
        (await _lab.Database.AskAsync<bool>("SELECT retention_at IS NULL FROM backup_config")).ShouldBeTrue("another node's turn must not be used up");
        _lab.Time = new FakeTime(DateTimeOffset.UtcNow.AddMinutes(58));
        await _lab.SweepAsync();
        _lab.Dumps("a").Count.ShouldBe(2);
    }

    [Fact]
    public async Task Logs_and_reports_of_deleted_runs_are_taken_away_by_their_own_node()
    {
        for (var day = 1; day <= 4; day++) await _lab.AddAsync($"b{day}", day, node: day == 4 ? "n2" : "n1");
        await _lab.SweepAsync("n1");
        _lab.Files("logs").ShouldBe(["b1.log", "b2.log", "b4.log"]);
        await _lab.SweepAsync("n2");
        _lab.Files("reports").ShouldBe(["b1.json", "b2.json"]);
        _lab.Files("logs").ShouldBe(["b1.log", "b2.log"]);
    }

    [Fact]
    public async Task Each_config_has_its_turn_every_ten_minutes_on_one_node()
    {
        await _lab.InsertConfigAsync("other", "other", hasRule: true);
        await _lab.InsertConfigAsync("none", "none", hasRule: false);
        var every = TimeSpan.FromMinutes(10);
        var claimed = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _lab.Retention.ClaimAsync(every, CancellationToken.None)));
        claimed.OfType<string>().Order(StringComparer.Ordinal).ShouldBe(new[] { _lab.Config.Id, "other" }.Order(StringComparer.Ordinal));
        await _lab.Database.ExecuteAsync("UPDATE backup_config SET retention_at = now() - interval '9 minutes 50 seconds'");
        (await _lab.Retention.ClaimAsync(every, CancellationToken.None)).ShouldBeNull();
        await _lab.Database.ExecuteAsync("UPDATE backup_config SET retention_at = now() - interval '10 minutes 1 second' WHERE id = 'other'");
        (await _lab.Retention.ClaimAsync(every, CancellationToken.None)).ShouldBe("other");
    }

    [Fact]
    public async Task A_hold_comes_back_as_it_was_set_and_a_deletion_by_hand_is_refused()
    {
        await _lab.AddAsync("b1", 1);
        var stale = await _lab.Jobs.GetAsync("b1", CancellationToken.None);
        var until = new DateTimeOffset(2027, 12, 31, 0, 0, 0, TimeSpan.Zero);
        await _lab.SendAsync(new HoldBackup("b1", new HoldForm("audit", until)));
        (await _lab.Jobs.GetAsync("b1", CancellationToken.None)).Hold.ShouldBe(Hold.Stored("audit", until));
        (await _lab.SendAsync(new GetBackup("b1"))).Hold.ShouldBe(new HoldView("audit", until));
        (await Should.ThrowAsync<ConflictException>(() => _lab.SendAsync(new DeleteBackup("b1")))).Code.ShouldBe("BACKUP_ON_HOLD");
        _lab.Dumps("a").ShouldBe(["b1"]);
        await _lab.Jobs.SaveIdleAsync(stale, BackupStatus.Success, CancellationToken.None);
        (await _lab.Jobs.GetAsync("b1", CancellationToken.None)).Hold.ShouldNotBeNull("who read the backup before must not undo the hold");
        await _lab.SendAsync(new ReleaseBackup("b1"));
        (await _lab.SendAsync(new GetBackup("b1"))).Hold.ShouldBeNull();
        await _lab.SendAsync(new DeleteBackup("b1"));
        (await _lab.Database.AskAsync<string>("SELECT delete_reason FROM db_backup_job WHERE deleted AND deleted_at IS NOT NULL")).ShouldBe("manual");
        await Should.ThrowAsync<NotFoundException>(() => _lab.SendAsync(new HoldBackup("b1", new HoldForm("audit", until))));
    }
}
