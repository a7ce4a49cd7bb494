using System.Globalization;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Infrastructure.Tests.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Retention;

/// <summary>Random histories, in which nodes apply random rules again and again while stores fail, backups turn bad, and people hold them.</summary>
[Collection(PostgresCollection.Name)]
public sealed class RandomRetentionTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly string[] Stores = ["a", "b", "disk"];

    private RetentionLab _lab = null!;

    public async Task InitializeAsync() => _lab = await RetentionLab.CreateAsync(postgres);

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Whatever_fails_the_last_good_the_last_proven_and_what_is_held_stay_and_no_marked_row_has_a_file(int seed)
    {
        var random = new Random(seed);
        var count = random.Next(5, 16);
        for (var i = 0; i < count; i++) await AddAsync(random, i, random.NextDouble() * 40);
        for (var round = 0; round < 6; round++)
        {
            await _lab.ConfigureAsync(random.Next(8) == 0 ? null : Rule(random), random.Next(2) == 0 ? [] : [("a", Rule(random))]);
            var failing = random.Next(3) * 35;
            _lab.BeforeDelete = (_, _) =>
            {
                lock (random)
                    if (random.Next(100) < failing) throw new StoreException(StoreCodes.Unreachable, "no answer", isTransient: true);
            };
            var before = await ReadAsync();
            await _lab.MakeDueAsync();
            // Two nodes at once; the disk is n2's.
            await Task.WhenAll(Task.Run(() => _lab.ApplyAsync("n1")), Task.Run(() => _lab.SweepAsync("n2")), Task.Run(() => _lab.ApplyAsync("n2")));
            await CheckAsync(before, round);
            await ChangeAsync(random, round);
        }
        // When the stores are well again nothing is left to do.
        _lab.BeforeDelete = (_, _) => { };
        for (var i = 0; i < 3; i++)
        {
            await _lab.MakeDueAsync();
            await _lab.SweepAsync("n1");
            await _lab.SweepAsync("n2");
        }
        (await _lab.Database.AskAsync<long>("SELECT count(*) FROM db_backup_job WHERE delete_retry_at IS NOT NULL OR (NOT deleted AND delete_reason IS NOT NULL)")).ShouldBe(0);
        await CheckFilesAsync("at the end");
    }

    private async Task AddAsync(Random random, int number, double daysAgo)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"b{number:000}");
        if (random.Next(4) == 0)
        {
            await _lab.AddAsync(id, daysAgo, "-a,-b", "FAILED", error: "DISK_FULL: no room", node: "n2");
            return;
        }
        var stores = Stores.Select(store => random.Next(4) == 0 ? "-" + store : store).ToList();
        if (stores.TrueForAll(store => store[0] == '-')) stores[0] = "a";
        var whole = stores.TrueForAll(store => store[0] != '-');
        await _lab.AddAsync(id, daysAgo, string.Join(',', stores), whole ? "SUCCESS" : "FAILED", proven: random.Next(2) == 0, node: "n2", error: whole ? null : "COPY_FAILED: missing");
    }

    private static RetentionRule Rule(Random random) => random.Next(3) switch
    {
        0 => new RetentionRule(count: random.Next(1, 4), failedDays: random.Next(10)),
        1 => new RetentionRule(days: random.Next(1, 20), failedDays: random.Next(10)),
        _ => new RetentionRule(daily: random.Next(1, 4), weekly: random.Next(3), failedDays: random.Next(10)),
    };

    // A new backup comes, the newest turns bad, one is held.
    private async Task ChangeAsync(Random random, int round)
    {
        if (random.Next(2) == 0) await AddAsync(random, 100 + round, random.NextDouble());
        if (random.Next(2) == 0)
            await _lab.Database.ExecuteAsync("""
                WITH bad AS (
                    UPDATE db_backup_job SET status = 'FAILED', error_msg = 'VERIFICATION_FAILED: bad'
                    WHERE id = (SELECT id FROM db_backup_job WHERE NOT deleted AND delete_reason IS NULL AND status = 'SUCCESS' ORDER BY started_at DESC LIMIT 1) RETURNING id)
                UPDATE backup_copy SET status = 'failed' WHERE job_id IN (SELECT id FROM bad) AND status <> 'deleting'
                """);
        if (random.Next(2) == 0 && (await _lab.LiveAsync()) is { Count: > 0 } live)
        {
            try
            {
                await _lab.SendAsync(new HoldBackup(live[random.Next(live.Count)], new HoldForm("test", DateTimeOffset.UtcNow.AddDays(1))));
            }
            catch (ConflictException e) when (e.Code is "BACKUP_BEING_DELETED")
            {
                // It goes, and who asked was told.
            }
        }
    }

    private sealed record Row(string Id, bool Held, bool Proven, IReadOnlySet<string> GoodIn);

    private async Task<IReadOnlyList<Row>> ReadAsync() => await _lab.Database.Sql.QueryAsync(
        """
        SELECT j.id, coalesce(j.hold_until > now(), false),
               EXISTS (SELECT 1 FROM backup_verification v WHERE v.job_id = j.id AND verification_status = 'passed'),
               coalesce((SELECT array_agg(c.store_name) FROM backup_copy c WHERE c.job_id = j.id AND c.status = 'completed'), '{}')
        FROM db_backup_job j WHERE NOT deleted AND delete_reason IS NULL ORDER BY started_at DESC
        """,
        [], row => new Row(row.GetString(0), row.GetBoolean(1), row.GetBoolean(2), row.GetFieldValue<string[]>(3).ToHashSet(StringComparer.Ordinal)), CancellationToken.None);

    private async Task CheckAsync(IReadOnlyList<Row> before, int round)
    {
        var live = await _lab.LiveAsync();
        foreach (var held in before.Where(row => row.Held))
        {
            live.ShouldContain(held.Id, $"round {round}: it is held");
            foreach (var store in held.GoodIn) _lab.Dumps(store).ShouldContain(held.Id, $"round {round}: it is held");
        }
        foreach (var store in Stores)
        {
            if (before.FirstOrDefault(row => row.GoodIn.Contains(store)) is { } good) await ShouldBeReadableAsync(good.Id, store, $"round {round}: it is the newest good one");
            if (before.FirstOrDefault(row => row.GoodIn.Contains(store) && row.Proven) is { } proven) await ShouldBeReadableAsync(proven.Id, store, $"round {round}: it is the newest proven one");
        }
        await CheckFilesAsync($"round {round}");
    }

    private async Task ShouldBeReadableAsync(string id, string store, string why)
    {
        _lab.Files(store).ShouldContain($"{id}.dump", why);
        _lab.Files(store).ShouldContain($"{id}.dump.sha256", why);
        (await _lab.Database.AskAsync<string>($"SELECT status FROM backup_copy WHERE job_id = '{id}' AND store_name = '{store}'")).ShouldBe("completed", why);
    }

    // The row outlives the file: whatever lies in a store has a row that says so.
    private async Task CheckFilesAsync(string when)
    {
        var marked = await _lab.Database.ListAsync("SELECT id FROM db_backup_job WHERE deleted");
        foreach (var store in Stores)
        {
            var known = await _lab.Database.ListAsync($"SELECT job_id FROM backup_copy WHERE store_name = '{store}'");
            foreach (var id in _lab.Files(store).Select(file => file[..file.IndexOf('.', StringComparison.Ordinal)]).Distinct(StringComparer.Ordinal))
            {
                marked.ShouldNotContain(id, $"{when}: its files are in {store}");
                known.ShouldContain(id, $"{when}: its files are in {store}");
            }
            var completed = await _lab.Database.ListAsync($"SELECT job_id FROM backup_copy WHERE store_name = '{store}' AND status = 'completed'");
            completed.ShouldBeSubsetOf(_lab.Dumps(store), $"{when}: what is good in {store} is there");
        }
    }
}
