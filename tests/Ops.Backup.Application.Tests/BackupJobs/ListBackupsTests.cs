using Moq;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.BackupJobs;

public sealed class ListBackupsTests
{
    private readonly Mock<IBackupCatalogue> _catalogue = new();
    private BackupListing? _asked;

    public ListBackupsTests() => _catalogue
        .Setup(catalogue => catalogue.ListAsync(It.IsAny<BackupListing>(), It.IsAny<CancellationToken>()))
        .Callback((BackupListing listing, CancellationToken _) => _asked = listing)
        .ReturnsAsync(new BackupPage([], 1, 20, 0, 0, null));

    [Fact]
    public async Task Without_parameters_it_is_the_first_20_newest_with_their_count()
    {
        var asked = await AskAsync("");

        (asked.Page, asked.PageSize, asked.Total, asked.After).ShouldBe((1, 20, true, null));
        asked.Sort.ToString().ShouldBe("-startedAt");
    }

    [Fact]
    public async Task Every_parameter_arrives()
    {
        var asked = await AskAsync("page=3&pageSize=200&sort=size&total=false&database=订单&status=FAILED,CANCELED&status=SUCCESS&mode=oss&type=schema_only&trigger=manual&host=db1"
            + "&from=2026-11-21&to=2026-11-22T00:00:00+08:00&minSize=0&maxSize=9223372036854775807&q=发布");

        (asked.Page, asked.PageSize, asked.Total, asked.Sort).ShouldBe((3, 200, false, new BackupSort(BackupSortKey.Size, false)));
        var filter = asked.Filter;
        (filter.Database, filter.Mode, filter.Type, filter.Trigger, filter.Host, filter.Text).ShouldBe(("订单", BackupMode.Oss, BackupType.SchemaOnly, BackupTrigger.Manual, "db1", "发布"));
        filter.Statuses.ShouldBe([BackupStatus.Failed, BackupStatus.Canceled, BackupStatus.Success]);
        (filter.From, filter.To).ShouldBe((new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 21, 16, 0, 0, TimeSpan.Zero)));
        (filter.MinSize, filter.MaxSize).ShouldBe((0, long.MaxValue));
    }

    [Fact]
    public async Task A_cursor_counts_nothing_and_goes_on_in_its_order()
    {
        var cursor = new BackupCursor(new BackupSort(BackupSortKey.Database, true), "订单\"", "id-1");

        var asked = await AskAsync($"after={cursor}&sort=-database");

        asked.After.ShouldBe(cursor);
        asked.Total.ShouldBeFalse();
    }

    [Theory]
    [InlineData("page=0", "NUMBER_OUT_OF_RANGE", "page")]
    [InlineData("page=x", "NUMBER_OUT_OF_RANGE", "page")]
    [InlineData("page=1&page=2", "PARAMETER_REPEATED", "page")]
    [InlineData("page=", "VALUE_MISSING", "page")]
    [InlineData("pageSize=201", "NUMBER_OUT_OF_RANGE", "pageSize")]
    [InlineData("pageSize=0", "NUMBER_OUT_OF_RANGE", "pageSize")]
    [InlineData("page=50002&pageSize=200", "PAGE_TOO_DEEP", "page")]
    [InlineData("page=2147483647&pageSize=200", "PAGE_TOO_DEEP", "page")]
    [InlineData("pagesize=20", "UNKNOWN_PARAMETER", "pagesize")]
    [InlineData("limit=20", "UNKNOWN_PARAMETER", "limit")]
    [InlineData("sort=name", "SORT_UNKNOWN", "sort")]
    [InlineData("sort=--startedAt", "SORT_UNKNOWN", "sort")]
    [InlineData("total=yes", "FLAG_INVALID", "total")]
    [InlineData("database=", "VALUE_MISSING", "database")]
    [InlineData("database=a&database=b", "PARAMETER_REPEATED", "database")]
    [InlineData("database=a\0b", "VALUE_HAS_CONTROL_CHARACTERS", "database")]
    [InlineData("status=success", "UNKNOWN_WORD", "status")]
    [InlineData("status=SUCCESS,", "VALUE_MISSING", "status")]
    [InlineData("mode=s3", "UNKNOWN_WORD", "mode")]
    [InlineData("type=Full", "UNKNOWN_WORD", "type")]
    [InlineData("trigger=0", "UNKNOWN_WORD", "trigger")]
    [InlineData("from=yesterday", "TIME_INVALID", "from")]
    [InlineData("from=2026-11-21T00:00:00", "TIME_INVALID", "from")]
    [InlineData("to=2026-02-30", "TIME_INVALID", "to")]
    [InlineData("from=2026-11-22&to=2026-11-21", "RANGE_REVERSED", "from")]
    [InlineData("minSize=-1", "NUMBER_OUT_OF_RANGE", "minSize")]
    [InlineData("maxSize=9223372036854775808", "NUMBER_OUT_OF_RANGE", "maxSize")]
    [InlineData("minSize=2&maxSize=1", "RANGE_REVERSED", "minSize")]
    [InlineData("q=x", "QUERY_TOO_SHORT", "q")]
    [InlineData("q=🎉", "QUERY_TOO_SHORT", "q")]
    [InlineData("after=nonsense", "CURSOR_INVALID", "after")]
    [InlineData("after=$&$", "CURSOR_INVALID", "after")]
    [InlineData("after=WyJzaXplIiwieCIsImkiXQ&sort=size", "CURSOR_INVALID", "after")]
    [InlineData("after=WyJzaXplIiwiMSIsImkiXQ", "CURSOR_INVALID", "after")]
    [InlineData("after=WyJzaXplIiwiMSIsImkiXQ&sort=size&page=2", "PARAMETERS_CONTRADICT", "after")]
    [InlineData("after=WyJzaXplIiwiMSIsImkiXQ&sort=size&total=true", "PARAMETERS_CONTRADICT", "after")]
    public async Task What_can_t_be_is_refused_with_its_code_and_field(string query, string code, string field)
    {
        var e = await Should.ThrowAsync<InvalidValueException>(() => AskAsync(query));

        (e.Code, e.Field).ShouldBe((code, field), e.Message);
        _asked.ShouldBeNull();
    }

    private async Task<BackupListing> AskAsync(string query)
    {
        var parameters = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).GroupBy(pair => pair[0], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, IReadOnlyList<string> (group) => [.. group.Select(pair => pair.ElementAtOrDefault(1) ?? "")], StringComparer.Ordinal);
        await new ListBackupsHandler(_catalogue.Object).Handle(new ListBackups(parameters), CancellationToken.None);
        return _asked!;
    }
}
