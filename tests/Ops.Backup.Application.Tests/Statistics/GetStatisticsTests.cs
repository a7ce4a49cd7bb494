using Moq;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Statistics;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Configs;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Statistics;

public sealed class GetStatisticsTests
{
    private static readonly StatisticsFacts Empty = new(SubjectFacts.None, SubjectFacts.None, [], 0, 0, 0, null, 0);
    private static readonly SubjectFacts Good = new() { Total = 2, Oldest = "a", OldestAgeSeconds = 24 * 3600, WorstSize = "b", WorstSizeFactor = 2, Listed = [] };
    private readonly Mock<IStatistics> _statistics = new();
    private readonly Mock<IConfigs> _configs = new();
    private StatisticsSelection? _asked;

    public GetStatisticsTests()
    {
        Answer(Empty);
        _configs.Setup(configs => configs.GetAsync(It.IsAny<string>(), It.IsAny<CancellationToken>())).Returns((string name, CancellationToken _) => throw ConfigErrors.NotFound(name));
    }

    [Theory]
    [InlineData("days", "0", "NUMBER_OUT_OF_RANGE")]
    [InlineData("days", "367", "NUMBER_OUT_OF_RANGE")]
    [InlineData("days", "x", "NUMBER_OUT_OF_RANGE")]
    [InlineData("days", "", "VALUE_MISSING")]
    [InlineData("limit", "0", "NUMBER_OUT_OF_RANGE")]
    [InlineData("limit", "201", "NUMBER_OUT_OF_RANGE")]
    [InlineData("database", "", "VALUE_MISSING")]
    [InlineData("source", "x", "UNKNOWN_PARAMETER")]
    public async Task A_value_that_can_not_be_is_refused_by_name(string field, string value, string code)
    {
        var refused = await Should.ThrowAsync<InvalidValueException>(() => AskAsync((field, value)));

        (refused.Code, refused.Field).ShouldBe((code, field));
        _asked.ShouldBeNull();
    }

    [Fact]
    public async Task A_config_that_is_not_there_and_a_config_of_a_database_are_refused()
    {
        (await Should.ThrowAsync<NotFoundException>(() => AskAsync(("config", "none")))).Code.ShouldBe("CONFIG_NOT_FOUND");
        (await Should.ThrowAsync<InvalidValueException>(() => AskAsync(("config", "c"), ("database", "d")))).Code.ShouldBe("PARAMETERS_CONTRADICT");
    }

    [Fact]
    public async Task Without_parameters_it_is_about_thirty_days_and_twenty_of_all()
    {
        await AskAsync();
        (_asked!.Days, _asked.Limit, _asked.Database, _asked.ConfigId).ShouldBe((30, 20, null, null));

        await AskAsync(("days", "366"), ("limit", "200"), ("database", "订单"));
        (_asked!.Days, _asked.Limit, _asked.Database).ShouldBe((366, 200, "订单"));
    }

    [Fact]
    public async Task What_can_not_be_known_has_a_reason_and_no_value()
    {
        var indicators = (await AskAsync()).Indicators;

        indicators.Select(indicator => indicator.Name).ShouldBe(["success_rate", "newest_backup_age", "size_plausible", "disk_share", "missed_runs", "failed_deletes"]);
        foreach (var unknown in indicators.Take(4))
        {
            (unknown.Value, unknown.Ok).ShouldBe((null, null), unknown.Name);
            unknown.Reason.ShouldNotBeNullOrEmpty(unknown.Name);
        }
        foreach (var count in indicators.Skip(4)) (count.Value, count.Ok, count.Reason).ShouldBe((0, true, null), count.Name);
    }

    [Fact]
    public async Task Every_indicator_is_good_at_its_goal()
    {
        Answer(Empty with { Databases = Good, Succeeded30Days = 99, Failed30Days = 1, Disk = new DiskShare("local", "n", 0.0499) });

        var indicators = (await AskAsync()).Indicators;

        indicators.Select(indicator => indicator.Value).ShouldBe([0.99, 24 * 3600, 2, 0.0499, 0, 0]);
        indicators.Select(indicator => indicator.Ok).ShouldAllBe(ok => ok == true);
        indicators.Select(indicator => indicator.About).ShouldBe([null, "a", "b", "local on n", null, null]);
    }

    [Fact]
    public async Task Every_indicator_is_bad_a_little_beyond_its_goal()
    {
        Answer(Empty with
        {
            Databases = Good with { OldestAgeSeconds = (24 * 3600) + 1, WorstSizeFactor = 0.49 },
            Succeeded30Days = 98,
            Failed30Days = 1,
            Disk = new DiskShare("local", "n", 0.05),
            Missed30Days = 1,
            FailedDeletes = 1,
        });

        (await AskAsync()).Indicators.Select(indicator => indicator.Ok).ShouldAllBe(ok => ok == false);
    }

    [Fact]
    public async Task A_database_without_any_good_backup_misses_the_goal_though_it_has_no_age()
    {
        Answer(Empty with { Databases = Good with { WithoutGood = 1, FirstWithoutGood = "c" } });

        var age = (await AskAsync()).Indicators[1];

        (age.Value, age.Ok, age.About).ShouldBe((null, false, "c"));
        age.Reason.ShouldBe("1 of 2 have no good backup at all.");
    }

    private void Answer(StatisticsFacts facts) => _statistics
        .Setup(statistics => statistics.ReadAsync(It.IsAny<StatisticsSelection>(), It.IsAny<CancellationToken>()))
        .Callback((StatisticsSelection selection, CancellationToken _) => _asked = selection).ReturnsAsync(facts);

    private Task<BackupStatistics> AskAsync(params (string Name, string Value)[] parameters) => new GetStatisticsHandler(_statistics.Object, _configs.Object, TimeProvider.System).Handle(
        new GetStatistics(parameters.ToDictionary(pair => pair.Name, IReadOnlyList<string> (pair) => [pair.Value], StringComparer.Ordinal)), CancellationToken.None);
}
