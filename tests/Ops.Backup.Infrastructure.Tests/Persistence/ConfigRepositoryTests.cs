using Ops.Backup.Application.Configs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Domain.Schedules;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

[Collection(PostgresCollection.Name)]
public sealed class ConfigRepositoryTests(PostgresFixture postgres) : IAsyncLifetime
{
    private QueueLab _lab = null!;

    public async Task InitializeAsync() => _lab = await QueueLab.CreateAsync(postgres);

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Fact]
    public async Task A_config_comes_back_as_it_was()
    {
        var source = await _lab.AddSourceAsync("订单 'x'");
        var second = await _lab.AddStoreAsync("second");
        var schedule = new ConfigSchedule(
            Schedule.Parse("每天 02:30", "Asia/Shanghai"), 300, [new MaintenanceWindow([DayOfWeek.Monday], new TimeOnly(8, 0), new TimeOnly(18, 30), "Asia/Shanghai")], runMissed: false, WhenBusy.Skip);
        var facts = new ConfigFacts(
            "夜间 \"备份\"", source.Id, new BackupSpec(BackupType.SchemaOnly, BackupFormat.Directory, 4, Compression.Parse("gzip:6"), includeGlobals: true),
            [new ConfigStore(second.Id, new RetentionRule(count: 3)), new ConfigStore(_lab.Local.Id, null)], ["age1qvaqnwax9fuxe2cka8v4q6cplq34anc8f5lgjd6564z0lf367vdsh53dth"], schedule, "Asia/Shanghai",
            new RetentionRule(daily: 30, weekly: 12, monthly: 12, yearly: 7, failedDays: 3, minimumAgeHours: 2), new RunPolicy(5, 3600, 2, 30, "n1", "上海"),
            "{storage_path}/{backup_type}/{yyyyMMdd_HHmmss}_{config_name}", DescriptionTemplate.Parse("<name> of <database>"), Enabled: true);
        var config = BackupConfig.Create(facts, isConfigured: true, DateTimeOffset.UtcNow);
        await _lab.Configs.AddAsync(config, CancellationToken.None);

        var read = await _lab.Configs.GetAsync(config.Name, CancellationToken.None);
        read.Id.ShouldBe(config.Id);
        Shown(read).ShouldBe(Shown(config));
        (await _lab.Configs.GetAsync(config.Id, CancellationToken.None)).Name.ShouldBe(config.Name);
    }

    [Fact]
    public async Task Changing_it_stores_every_part_and_takes_stores_away()
    {
        var source = await _lab.AddSourceAsync("a");
        var second = await _lab.AddStoreAsync("second");
        var config = await _lab.AddConfigAsync("c", source, "@daily", store: second);
        config.Change(QueueLab.Facts("d", source, "@hourly", new RunPolicy(priority: 3), _lab.Local), DateTimeOffset.UtcNow);
        await _lab.Configs.SaveAsync(config, CancellationToken.None);
        Shown(await _lab.Configs.GetAsync("d", CancellationToken.None)).ShouldBe(Shown(config));
    }

    [Fact]
    public async Task Two_of_one_name_are_refused_and_nothing_is_half_saved()
    {
        var source = await _lab.AddSourceAsync("a");
        await _lab.AddConfigAsync("c", source);
        (await Should.ThrowAsync<ConflictException>(() => _lab.AddConfigAsync("c", source))).Code.ShouldBe("CONFIG_NAME_TAKEN");
        var other = await _lab.AddConfigAsync("other", source, store: _lab.Local);
        other.Change(QueueLab.Facts("c", source), DateTimeOffset.UtcNow);
        (await Should.ThrowAsync<ConflictException>(() => _lab.Configs.SaveAsync(other, CancellationToken.None))).Code.ShouldBe("CONFIG_NAME_TAKEN");
        (await _lab.Configs.GetAsync("other", CancellationToken.None)).Stores.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_source_or_store_that_a_config_needs_is_not_deleted_and_the_answer_names_the_config()
    {
        var source = await _lab.AddSourceAsync("a");
        await _lab.AddConfigAsync("nightly", source, store: _lab.Local);
        var refused = await Should.ThrowAsync<ConflictException>(() => new SourceStore(_lab.Database.Aggregates).RemoveAsync(source, CancellationToken.None));
        (refused.Code, refused.Message.Contains("nightly", StringComparison.Ordinal)).ShouldBe(("SOURCE_IN_USE", true));
        refused = await Should.ThrowAsync<ConflictException>(() => new StoreRepository(_lab.Database.Aggregates, TimeProvider.System).RemoveAsync(_lab.Local, CancellationToken.None));
        (refused.Code, refused.Message.Contains("nightly", StringComparison.Ordinal)).ShouldBe(("STORE_IN_USE", true));
    }

    [Fact]
    public async Task Deleting_it_keeps_its_backups_without_a_config()
    {
        var job = await _lab.AddJobAsync("a");
        await _lab.Configs.RemoveAsync(await _lab.Configs.GetAsync("config of a", CancellationToken.None), CancellationToken.None);
        (await _lab.Jobs.GetAsync(job.Id, CancellationToken.None)).ConfigId.ShouldBeNull();
    }

    [Fact]
    public async Task Of_many_nodes_each_due_config_is_started_once()
    {
        const int count = 150;
        for (var number = 0; number < count; number++)
            await _lab.MakeDueAsync(await _lab.AddConfigAsync($"c{number}", await _lab.AddSourceAsync($"s{number}"), "@hourly"), TimeSpan.FromSeconds(1));
        var started = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var sum = 0;
            for (var misses = 0; misses < 3;)
            {
                var some = await StartAsync(20);
                sum += some;
                if (some == 0) misses++;
            }
            return sum;
        })));
        started.Sum().ShouldBe(count);
        (await _lab.Database.AskAsync<long>("SELECT count(DISTINCT config_id) FROM db_backup_job WHERE status = 'PENDING' AND trigger = 'automatic'")).ShouldBe(count);
        (await _lab.Database.AskAsync<long>("SELECT count(*) FROM backup_config WHERE next_run_at <= now()")).ShouldBe(0);
    }

    [Theory]
    [InlineData(true, "CANCELED MISSED", "PENDING")]
    [InlineData(false, "CANCELED MISSED")]
    public async Task What_was_missed_is_recorded_and_made_up_for_once_if_the_config_says_so(bool runMissed, params string[] states)
    {
        var config = await _lab.AddConfigAsync("c", await _lab.AddSourceAsync("a"), "@daily", runMissed: runMissed);
        await _lab.MakeDueAsync(config, TimeSpan.FromHours(5));
        await StartAsync();
        (await _lab.StatesAsync()).ShouldBe(states, ignoreOrder: true);
        (await _lab.Database.AskAsync<string>("SELECT error_msg FROM db_backup_job WHERE error_msg LIKE 'MISSED:%'")).ShouldStartWith("MISSED: 1 run was missed from ");
        (await StartAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_run_whose_predecessor_is_unfinished_is_recorded_as_skipped()
    {
        var config = await _lab.AddConfigAsync("c", await _lab.AddSourceAsync("a"), "@hourly");
        await _lab.MakeDueAsync(config, TimeSpan.FromSeconds(1));
        await StartAsync();
        await _lab.Database.ExecuteAsync("UPDATE backup_config SET next_for = next_for - interval '2 hours', next_run_at = now()");
        await StartAsync();
        (await _lab.StatesAsync()).ShouldBe(["PENDING", "CANCELED SKIPPED"], ignoreOrder: true);
    }

    [Theory]
    [InlineData(WhenBusy.Wait, "PENDING", "PENDING")]
    [InlineData(WhenBusy.Skip, "PENDING", "CANCELED SKIPPED")]
    public async Task A_source_that_is_busy_with_something_else_is_waited_for_or_skipped(WhenBusy whenBusy, params string[] states)
    {
        var source = await _lab.AddSourceAsync("a");
        await _lab.AddJobAsync("by hand", source: source);
        await _lab.MakeDueAsync(await _lab.AddConfigAsync("c", source, "@hourly", whenBusy: whenBusy), TimeSpan.FromSeconds(1));
        await StartAsync();
        (await _lab.StatesAsync()).ShouldBe(states, ignoreOrder: true);
    }

    [Fact]
    public async Task A_config_that_can_not_start_says_why_and_keeps_no_other_from_it()
    {
        var bad = await _lab.AddConfigAsync("bad", await _lab.AddSourceAsync("a"), "@hourly");
        var good = await _lab.AddConfigAsync("good", await _lab.AddSourceAsync("b"), "@hourly", store: _lab.Local);
        await _lab.Database.ExecuteAsync("UPDATE backup_store SET is_default = false");
        foreach (var config in new[] { bad, good }) await _lab.MakeDueAsync(config, TimeSpan.FromSeconds(1));
        await StartAsync();
        (await _lab.Configs.GetAsync("bad", CancellationToken.None)).LastError.ShouldNotBeNull().ShouldStartWith("STORES_MISSING");
        (await _lab.Configs.GetAsync("bad", CancellationToken.None)).Next!.At.ShouldBeGreaterThan(DateTimeOffset.UtcNow);
        (await _lab.StatesAsync()).ShouldBe(["PENDING"]);
    }

    [Fact]
    public async Task A_change_that_was_begun_before_a_start_does_not_undo_it()
    {
        var config = await _lab.AddConfigAsync("c", await _lab.AddSourceAsync("a"), "@hourly");
        await _lab.MakeDueAsync(config, TimeSpan.FromSeconds(1));
        var inHand = await _lab.Configs.GetAsync("c", CancellationToken.None);
        await StartAsync();
        inHand.Change(inHand.Facts with { Name = "renamed" }, DateTimeOffset.UtcNow);
        await _lab.Configs.SaveAsync(inHand, CancellationToken.None);
        (await StartAsync()).ShouldBe(0);
        (await _lab.StatesAsync()).ShouldBe(["PENDING"]);
    }

    [Fact]
    public async Task Configs_are_listed_by_page_name_source_and_state_with_their_newest_backup()
    {
        var source = await _lab.AddSourceAsync("a");
        foreach (var name in new[] { "b_1", "B%2", "a" }) await _lab.AddConfigAsync(name, source, "@daily");
        var other = await _lab.AddJobAsync("other");
        (await ListAsync(new ConfigFilter("b", null, null, 1, 20))).ShouldBe(["b_1", "B%2"], ignoreOrder: true);
        (await ListAsync(new ConfigFilter("%", null, null, 1, 20))).ShouldBe(["B%2"]);
        (await ListAsync(new ConfigFilter(null, source.Id, true, 2, 2))).Count.ShouldBe(1);
        (await ListAsync(new ConfigFilter(null, null, false, 1, 20))).ShouldBeEmpty();
        var newest = await _lab.Configs.NewestBackupsAsync([other.ConfigId!, "none"], CancellationToken.None);
        newest.Keys.ShouldBe([other.ConfigId!]);
        newest[other.ConfigId!].Id.ShouldBe(other.Id);
    }

    private static string Shown(BackupConfig config) => System.Text.Json.JsonSerializer.Serialize(
        new { Form = ConfigForms.Of(config, config.SourceId, new Dictionary<string, string>()), config.Next, config.LastRunAt, config.IsConfigured });

    private async Task<IReadOnlyList<string>> ListAsync(ConfigFilter filter) => [.. (await _lab.Configs.ListAsync(filter, CancellationToken.None)).Items.Select(config => config.Name)];

    private async Task<int> StartAsync(int most = 100) => await _lab.Configs.StartDueAsync(most, due =>
    {
        try
        {
            return due.Config.StartDue(due.Setting, due.BusyWith, due.OwnUnfinished, due.Now);
        }
        catch (DomainException e)
        {
            due.Config.Stumble(new BackupFailure(e.Code, e.Message), due.Now);
            return [];
        }
    }, CancellationToken.None);
}
