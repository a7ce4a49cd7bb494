using Moq;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Retention;
using Ops.Backup.Application.Tests.BackupJobs;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Retention;

/// <summary>What a rule that nobody saved yet would do.</summary>
public sealed class PreviewRetentionTests
{
    private readonly Mock<IConfigs> _configs = new();
    private readonly Mock<IRetention> _retention = new();
    private readonly Mock<IStores> _stores = new();
    private readonly Store _disk = A.Store("disk", new LocalSettings("/data"));
    private readonly Store _offsite = A.Store("offsite", new LocalSettings("/offsite"));
    private readonly Store _foreign = A.Store("foreign", new LocalSettings("/foreign"));
    private readonly List<StoredBackup> _backups = [];

    public PreviewRetentionTests()
    {
        var config = Config(new RetentionRule(count: 3), new ConfigStore(_disk.Id, null), new ConfigStore(_offsite.Id, new RetentionRule(count: 1)));
        _configs.Setup(configs => configs.GetAsync("nightly", It.IsAny<CancellationToken>())).ReturnsAsync(config);
        _configs.Setup(configs => configs.GetAsync("gone", It.IsAny<CancellationToken>())).ThrowsAsync(ConfigErrors.NotFound("gone"));
        _stores.Setup(stores => stores.ListAsync(It.IsAny<CancellationToken>())).ReturnsAsync([_disk, _offsite, _foreign]);
        _retention.Setup(retention => retention.ReadAsync(config.Id, It.IsAny<CancellationToken>())).ReturnsAsync(() => new ConfigBackups(A.Noon, _backups));
        for (var day = 1; day <= 5; day++)
            _backups.Add(new StoredBackup($"b{day}", A.Noon.AddDays(-day), RetainedStatus.Good, IsProven: day == 1, null, [new GoodCopy(_disk.Id, 10), new GoodCopy(_offsite.Id, 10)]));
    }

    [Fact]
    public async Task It_tells_what_goes_from_which_store_and_why_the_rest_stays()
    {
        var preview = await AskAsync(new("nightly"));
        (preview.BackupsDeleted, preview.BytesFreed).ShouldBe((2, 60));
        var disk = preview.Plans.Single(plan => plan.Stores is ["disk"]);
        (disk.Retention.Count, disk.Goes.Count, disk.Goes.Bytes, disk.Stays.Count, disk.Stays.Bytes).ShouldBe((3, 2, 20, 3, 30));
        disk.Goes.Backups.Select(backup => backup.Id).ShouldBe(["b5", "b4"]);
        disk.Goes.Backups[0].Reasons.ShouldBe([new ReasonView("not_kept", "no part of the retention rule keeps it")]);
        disk.Stays.Backups[0].Reasons.Select(reason => reason.Word).ShouldBe(["newest_good", "newest_proven", "count"]);
        disk.Stays.Reasons["count"].ShouldBe(3);
        preview.Plans.Single(plan => plan.Stores is ["offsite"]).Goes.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_rule_that_is_not_saved_takes_the_place_of_the_config_s_and_a_store_s_of_the_store_s()
    {
        var preview = await AskAsync(new("nightly", new RetentionForm(Count: 2), [new StoreRuleForm("offsite", null)]));
        preview.Plans.ShouldHaveSingleItem().Stores.ShouldBe(["disk", "offsite"]);
        (preview.BackupsDeleted, preview.BytesFreed).ShouldBe((3, 60));
        (await AskAsync(new("nightly", null, [new StoreRuleForm("offsite", new RetentionForm(Count: 5))]))).Plans.Single(plan => plan.Stores is ["offsite"]).Goes.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_long_list_is_cut_off_and_counted_whole()
    {
        for (var i = 0; i < 5000; i++)
            _backups.Add(new StoredBackup($"old{i:0000}", A.Noon.AddDays(-10).AddMinutes(-i), RetainedStatus.Good, IsProven: false, null, [new GoodCopy(_disk.Id, 10)]));
        var preview = await AskAsync(new("nightly", Limit: 7));
        var disk = preview.Plans.Single(plan => plan.Stores is ["disk"]);
        (disk.Goes.Count, disk.Goes.Backups.Count, disk.Goes.Backups[0].Id, disk.Goes.Reasons["not_kept"]).ShouldBe((5002, 7, "old4999", 5002));
    }

    [Fact]
    public async Task Failed_runs_are_told_of_beside_the_stores()
    {
        _backups.Add(new StoredBackup("bad", A.Noon.AddDays(-30), RetainedStatus.Failed, IsProven: false, null, []));
        var preview = await AskAsync(new("nightly"));
        preview.Failures!.Goes.Backups.ShouldHaveSingleItem().Reasons.ShouldHaveSingleItem().Word.ShouldBe("old_failure");
        preview.BackupsDeleted.ShouldBe(3);
    }

    [Theory]
    [InlineData(null, null, null, "VALUE_MISSING", "config")]
    [InlineData("nightly", 0, null, "RETENTION_KEEPS_NOTHING", "retention")]
    [InlineData("nightly", -1, null, "RETENTION_OUT_OF_RANGE", "retention.count")]
    [InlineData("nightly", null, "nowhere", "STORE_NOT_OF_CONFIG", "stores[0].store")]
    [InlineData("nightly", null, "foreign", "STORE_NOT_OF_CONFIG", "stores[0].store")]
    public async Task Bad_input_is_refused_with_its_field(string? config, int? count, string? store, string code, string field)
    {
        var refusal = await Should.ThrowAsync<InvalidValueException>(() => AskAsync(
            new(config, count is null ? null : new RetentionForm(Count: count), store is null ? null : [new StoreRuleForm(store, null)])));
        (refusal.Code, refusal.Field).ShouldBe((code, field));
    }

    [Fact]
    public async Task Bad_rules_of_stores_limits_and_unknown_configs_are_refused_too()
    {
        (await Should.ThrowAsync<InvalidValueException>(() => AskAsync(new("nightly", null, [new StoreRuleForm("disk", new RetentionForm())])))).Field.ShouldBe("stores[0].retention");
        (await Should.ThrowAsync<InvalidValueException>(() => AskAsync(new("nightly", Limit: 1001)))).Field.ShouldBe("limit");
        await Should.ThrowAsync<NotFoundException>(() => AskAsync(new("gone")));
    }

    private static BackupConfig Config(RetentionRule rule, params ConfigStore[] stores) => BackupConfig.Create(
        new ConfigFacts("nightly", "src", new BackupSpec(BackupType.Full, BackupFormat.Custom, 1, Compression.Default, false), stores, [], null, "UTC", rule, RunPolicy.Default, null,
            DescriptionTemplate.Parse(null), Enabled: true),
        isConfigured: false, A.Noon);

    private Task<RetentionPreview> AskAsync(PreviewRetention request) => new PreviewRetentionHandler(_configs.Object, _retention.Object, _stores.Object).Handle(request, CancellationToken.None);
}
