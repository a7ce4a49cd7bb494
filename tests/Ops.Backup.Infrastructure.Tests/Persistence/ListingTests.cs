using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

[Collection(PostgresCollection.Name)]
public sealed class ListingTests(PostgresFixture postgres) : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private BackupJobQueries _queries = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(postgres);
        _queries = new BackupJobQueries(_database.Sql);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Any_filter_and_sort_gives_what_a_plain_look_at_every_row_gives()
    {
        var random = new Random(20261121);
        var rows = await ListingRows.InsertAsync(_database, 400, random);
        var matched = 0;
        for (var i = 0; i < 250; i++)
        {
            var filter = ListingRows.RandomFilter(random);
            var sort = BackupSort.All[random.Next(BackupSort.All.Count)];
            var expected = ListingRows.Sorted(rows.Where(row => ListingRows.Matches(filter, row)), sort);
            var page = random.Next(1, 4);

            var answer = await ListAsync(new BackupListing { Filter = filter, Sort = sort, PageSize = 15, Page = page });

            answer.Items.Select(item => item.Id).ShouldBe(expected.Skip((page - 1) * 15).Take(15), $"{filter} {sort} page {page}");
            (answer.Total, answer.TotalPages).ShouldBe((expected.Count, (expected.Count + 14) / 15));
            (answer.Next is not null).ShouldBe(expected.Count > page * 15);
            matched += expected.Count;
        }
        matched.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public async Task A_walk_by_cursor_meets_every_row_exactly_once_in_every_order_whatever_ties_there_are()
    {
        var rows = await ListingRows.InsertAsync(_database, 300, new Random(5));
        foreach (var sort in BackupSort.All)
        {
            var met = new List<string>();
            var page = await ListAsync(new BackupListing { Sort = sort, PageSize = 7 });
            met.AddRange(page.Items.Select(item => item.Id));
            while (page.Next is { } next)
            {
                page = await ListAsync(new BackupListing { Sort = sort, PageSize = 7, Total = false, After = BackupCursor.Parse(next, sort) });
                (page.Total, page.Page).ShouldBe((null, null));
                met.AddRange(page.Items.Select(item => item.Id));
            }
            met.ShouldBe(ListingRows.Sorted(rows, sort), sort.ToString());
        }
    }

    [Fact]
    public async Task A_walk_by_cursor_stays_right_while_rows_come_in_front_and_go()
    {
        var rows = ListingRows.Sorted(await ListingRows.InsertAsync(_database, 40, new Random(6)), BackupSort.Default);
        var first = await ListAsync(new BackupListing { PageSize = 20 });
        await _database.ExecuteAsync($"""
            INSERT INTO db_backup_job (id, started_at, database) VALUES ('new', '2027-01-01Z', 'x');
            UPDATE db_backup_job SET deleted = true WHERE id = '{rows[3]}';
            """);

        var second = await ListAsync(new BackupListing { PageSize = 20, After = BackupCursor.Parse(first.Next!, BackupSort.Default) });

        second.Items.Select(item => item.Id).ShouldBe(rows.Skip(20));
    }

    [Fact]
    public async Task An_item_shows_all_that_is_known_with_the_strongest_proof()
    {
        await _database.ExecuteAsync("""
            INSERT INTO db_backup_job (id, database, host, port, started_at, finished_at, duration_sec, mode, status, size_bytes, local_file, remote_urls, checksum, error_msg, description,
                trigger, type, compression, node, phase)
            VALUES ('j', 'orders', 'db1', '5432', '2026-11-21T03:00:00Z', '2026-11-21T03:01:00Z', 60, 'both', 'SUCCESS', 7, '/f.dump', '["oss://b/k"]', 'aa', 'E: x', 'd', 'manual', 'full',
                'zstd:1', 'n', 'done');
            INSERT INTO backup_verification (id, job_id, verification_type, verification_status, verification_result, duration_ms, verified_at, verified_by)
            SELECT type || status, 'j', type, status, '', 0, now(), 'n' FROM (VALUES ('checksum', 'passed'), ('integrity_check', 'passed'), ('restore_test', 'failed')) v (type, status);
            """);

        (await ListAsync(new BackupListing())).Items.ShouldHaveSingleItem().ShouldBeEquivalentTo(new BackupListItem
        {
            Id = "j",
            Database = "orders",
            Host = "db1",
            Port = "5432",
            StartedAt = At(3, 0),
            FinishedAt = At(3, 1),
            DurationSeconds = 60,
            Mode = "both",
            Status = "SUCCESS",
            SizeBytes = 7,
            LocalFile = "/f.dump",
            RemoteUrls = new List<string> { "oss://b/k" },
            Checksum = "aa",
            ErrorMessage = "E: x",
            Description = "d",
            Trigger = "manual",
            Type = "full",
            Method = "pg_dump",
            Format = "custom",
            Compression = "zstd:1",
            Node = "n",
            Phase = "done",
            Proof = "integrity_check",
        });
    }

    [Fact]
    public async Task Deleted_backups_are_not_listed()
    {
        await _database.ExecuteAsync("INSERT INTO db_backup_job (id, started_at, deleted) VALUES ('j', now(), true)");

        (await ListAsync(new BackupListing())).Total.ShouldBe(0);
    }

    [Fact]
    public async Task The_summary_says_how_each_database_stands_and_how_the_days_went()
    {
        var now = At(12, 0);
        await _database.ExecuteAsync("""
            INSERT INTO db_backup_job (id, database, host, port, started_at, status, size_bytes, deleted) VALUES
                ('a1', 'a', 'h', '1', '2026-11-21T06:00:00Z', 'FAILED', NULL, false), ('a2', 'a', 'h', '1', '2026-11-20T23:59:59Z', 'SUCCESS', 10, false),
                ('a3', 'a', 'h', '1', '2026-11-20T00:00:00Z', 'SUCCESS', 5, false), ('a4', 'a', 'h', '1', '2026-01-01T00:00:00Z', 'FAILED', NULL, false),
                ('a5', 'a', 'h', '1', '2026-11-21T07:00:00Z', 'CANCELED', NULL, false), ('a6', 'a', 'h', '1', '2026-11-21T08:00:00Z', 'SUCCESS', 99, true),
                ('b1', 'a', 'other', '1', '2026-11-21T01:00:00Z', 'FAILED', NULL, false)
            """);

        var summary = await _queries.SummarizeAsync(3, now, CancellationToken.None);

        summary.Days.ShouldBe([
            new DaySummary(new DateOnly(2026, 11, 19), 0, 0, 0, 0), new DaySummary(new DateOnly(2026, 11, 20), 2, 0, 0, 15), new DaySummary(new DateOnly(2026, 11, 21), 0, 2, 1, 0)]);
        summary.Databases.Count.ShouldBe(2);
        summary.Databases[0].ShouldBe(new DatabaseSummary
        {
            Database = "a",
            Host = "h",
            Port = "1",
            Count = 5,
            Succeeded = 2,
            Failed = 2,
            Bytes = 15,
            SuccessRate = 2.0 / 3,
            LastSuccess = new NewestSuccess("a2", new DateTimeOffset(2026, 11, 20, 23, 59, 59, TimeSpan.Zero), null, 10, (12 * 3600) + 1),
        });
        (summary.Databases[1].Host, summary.Databases[1].SuccessRate, summary.Databases[1].LastSuccess).ShouldBe(("other", 0.0, null));
    }

    private static DateTimeOffset At(int hour, int minute) => new(2026, 11, 21, hour, minute, 0, TimeSpan.Zero);

    private Task<BackupPage> ListAsync(BackupListing listing) => _queries.ListAsync(listing, CancellationToken.None);
}
