using Npgsql;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

/// <summary>Backups that scripts record by SQL.</summary>
[Collection(PostgresCollection.Name)]
public sealed class RecordFunctionTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Sum = "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08";
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestDatabase.CreateAsync(postgres);

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task A_recorded_backup_comes_out_of_the_listing_as_a_reported_one()
    {
        var id = await _database.AskAsync<string>("""
            SELECT backup_management.record_backup_start('订单 "a''b"', backup_type => 'incremental', backup_method => 'pg_basebackup', backup_file_path => '/备份/a.tar', host => 'db''1',
                port => 5433, description => '脚本')
            """);
        var running = await OnlyItemAsync();
        (running.Id, running.Database, running.Host, running.Port, running.Type, running.Method, running.Status, running.Trigger, running.Mode, running.LocalFile, running.Description)
            .ShouldBe((id, "订单 \"a'b\"", "db'1", "5433", "incremental", "pg_basebackup", "RUNNING", "reported", "local", "/备份/a.tar", "脚本"));
        (running.FinishedAt, running.DurationSeconds, running.SizeBytes).ShouldBe((null, null, null));
        await _database.ExecuteAsync("UPDATE db_backup_job SET started_at = started_at - interval '90 seconds'");

        await _database.ExecuteAsync($"SELECT backup_management.record_backup_complete('{id}', 4096, '{Sum}')");

        var done = await OnlyItemAsync();
        // It ran for 90 seconds and as long as this test took to here.
        var ran = (done.FinishedAt!.Value - done.StartedAt).TotalSeconds;
        ran.ShouldBeInRange(90, 120);
        (done.Status, done.SizeBytes, done.Checksum, done.DurationSeconds, done.LocalFile, done.ErrorMessage)
            .ShouldBe(("SUCCESS", 4096, Sum.ToLowerInvariant(), (long)Math.Round(ran, MidpointRounding.AwayFromZero), "/备份/a.tar", null));
        (await _database.AskAsync<string>($"SELECT status FROM backup_management.backup_records WHERE backup_id = '{id}'")).ShouldBe("completed");
        (await _database.AskAsync<bool>("SELECT lease_until IS NULL AND recorded_by = session_user FROM db_backup_job")).ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_left_out_is_what_most_scripts_mean_and_an_address_is_a_remote_place()
    {
        var id = await _database.AskAsync<string>("SELECT record_backup_start('orders')");
        var begun = await OnlyItemAsync();
        (begun.Type, begun.Method, begun.Port, begun.Mode, begun.LocalFile, begun.Description).ShouldBe(("full", "pg_dump", "5432", "local", null, null));
        begun.Host.ShouldBe(await _database.AskAsync<string>("SELECT coalesce(host(inet_client_addr()), 'localhost')"));

        await _database.ExecuteAsync($"SELECT record_backup_complete('{id}', 0, backup_file_path => 'oss://bucket/k')");

        var done = await OnlyItemAsync();
        (done.Status, done.SizeBytes, done.Mode, done.LocalFile, done.Checksum).ShouldBe(("SUCCESS", 0, "oss", null, null));
        done.RemoteUrls.ShouldBe(["oss://bucket/k"]);
    }

    [Theory]
    [InlineData("'disk is full'", "SCRIPT_FAILED: disk is full")]
    [InlineData("'DISK_FULL: no space'", "DISK_FULL: no space")]
    [InlineData("'Error: it''s odd'", "SCRIPT_FAILED: Error: it's odd")]
    [InlineData("NULL", "SCRIPT_FAILED: The script gave no reason.")]
    [InlineData("' '", "SCRIPT_FAILED: The script gave no reason.")]
    public async Task A_failure_has_a_code_and_a_text(string said, string kept)
    {
        var id = await StartAsync();

        await _database.ExecuteAsync($"SELECT record_backup_failure('{id}', {said})");

        var failed = await OnlyItemAsync();
        (failed.Status, failed.ErrorMessage, failed.SizeBytes).ShouldBe(("FAILED", kept, null));
        failed.DurationSeconds!.Value.ShouldBeInRange(0, 30);
    }

    [Fact]
    public async Task A_very_long_reason_is_cut_rather_than_refused()
    {
        await _database.ExecuteAsync($"SELECT record_backup_failure('{await StartAsync()}', repeat('错', 100000))");

        (await OnlyItemAsync()).ErrorMessage!.Length.ShouldBe(4001);
    }

    [Theory]
    [InlineData("record_backup_start(NULL)", "22023", "database_name")]
    [InlineData("record_backup_start('')", "22023", "database_name")]
    [InlineData("record_backup_start(repeat('x', 256))", "22023", "database_name")]
    [InlineData("record_backup_start('o', 'partial')", "22023", "backup_type is \"partial\"")]
    [InlineData("record_backup_start('o', 'full', 'cp')", "22023", "backup_method is \"cp\"")]
    [InlineData("record_backup_start('o', backup_file_path => '/a/../etc')", "22023", "\"/a/../etc\"")]
    [InlineData("record_backup_start('o', backup_file_path => repeat('/', 4097))", "22023", "4097")]
    [InlineData("record_backup_start('o', host => repeat('h', 256))", "22023", "host has 256")]
    [InlineData("record_backup_start('o', port => 0)", "22023", "port is 0")]
    [InlineData("record_backup_start('o', port => 65536)", "22023", "port is 65536")]
    [InlineData("record_backup_start('o', description => repeat('d', 4001))", "22023", "description has 4001")]
    [InlineData("record_backup_complete('{0}', -1)", "22023", "backup_size is -1")]
    [InlineData("record_backup_complete('{0}', NULL)", "22023", "backup_size is missing")]
    [InlineData("record_backup_complete('{0}', 1, 'abc')", "22023", "checksum is \"abc\"")]
    [InlineData("record_backup_complete('{0}', 1, NULL, '../x')", "22023", "\"../x\"")]
    [InlineData("record_backup_complete('none', 1)", "P0002", "There is no backup \"none\"")]
    [InlineData("record_backup_complete(NULL, 1)", "P0002", "There is no backup")]
    [InlineData("record_backup_failure('none', 'x')", "P0002", "There is no backup \"none\"")]
    [InlineData("record_backup_complete('of the service', 1)", "P0002", "of the service")]
    [InlineData("record_backup_failure('of the service', 'x')", "P0002", "of the service")]
    public async Task Bad_input_is_refused_with_a_state_and_the_value_and_changes_nothing(string call, string state, string names)
    {
        var id = await StartAsync();
        await _database.ExecuteAsync("INSERT INTO db_backup_job (id, started_at, database, status, trigger) VALUES ('of the service', now(), 'o', 'RUNNING', 'manual')");
        var before = await _database.ListAsync("SELECT j::text FROM db_backup_job j ORDER BY id");

        var refused = await Should.ThrowAsync<PostgresException>(() => _database.ExecuteAsync("SELECT backup_management." + call.Replace("{0}", id, StringComparison.Ordinal)));

        refused.SqlState.ShouldBe(state);
        refused.MessageText.ShouldContain(names);
        (await _database.ListAsync("SELECT j::text FROM db_backup_job j ORDER BY id")).ShouldBe(before);
    }

    [Fact]
    public async Task A_run_ends_once_however_many_sessions_end_it_at_the_same_moment()
    {
        for (var round = 0; round < 5; round++)
        {
            var id = await StartAsync();
            var ends = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(() => EndAsync(number % 2 == 0
                ? $"SELECT record_backup_complete('{id}', {number})" : $"SELECT record_backup_failure('{id}', 'E{number}: x')"))));

            ends.Count(state => state is null).ShouldBe(1);
            ends.Count(state => state == "55000").ShouldBe(7);
            var winner = Array.IndexOf(ends, null);
            (await _database.AskAsync<string>($"SELECT coalesce(error_msg, size_bytes::text) FROM db_backup_job WHERE id = '{id}'"))
                .ShouldBe(winner % 2 == 0 ? $"{winner}" : $"E{winner}: x");
        }
    }

    [Fact]
    public async Task A_run_that_was_given_up_may_still_tell_how_it_ended()
    {
        var id = await StartAsync();
        await _database.ExecuteAsync("UPDATE db_backup_job SET status = 'FAILED', error_msg = 'ABANDONED: No end', finished_at = now()");

        await _database.ExecuteAsync($"SELECT record_backup_complete('{id}', 5)");

        ((await OnlyItemAsync()).Status, (await OnlyItemAsync()).ErrorMessage).ShouldBe(("SUCCESS", null));
    }

    [Fact]
    public async Task Its_lease_lasts_a_day() => (await _database.AskAsync<bool>(
        $"SELECT lease_until - started_at = interval '1 day' AND lease_owner IS NULL AND node IS NULL FROM db_backup_job WHERE id = '{await StartAsync()}'")).ShouldBeTrue();

    [Fact]
    public async Task Two_runs_of_one_database_may_be_recorded_at_once()
    {
        await StartAsync();
        await StartAsync();

        (await _database.AskAsync<long>("SELECT count(*) FROM db_backup_job WHERE status = 'RUNNING'")).ShouldBe(2);
    }

    [Fact]
    public async Task A_role_needs_the_right_to_execute_and_nothing_else()
    {
        // Roles belong to the cluster, which the tests share.
        var role = "script_" + Guid.NewGuid().ToString("N")[..8];
        await _database.ExecuteAsync($"CREATE ROLE {role}; GRANT USAGE ON SCHEMA backup_management TO {role}");
        var session = $"SET SESSION AUTHORIZATION {role};";
        (await EndAsync(session + "SELECT backup_management.record_backup_start('o')")).ShouldBe("42501");
        (await EndAsync(session + "SELECT record_backup_start('o')")).ShouldBe("42501");

        await _database.ExecuteAsync($"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_management TO {role}");

        // What it puts in its own schema ahead of the others is not what the functions see.
        var id = await _database.AskAsync<string>(session + "SET search_path = pg_temp, public; CREATE TEMP TABLE db_backup_job (id text); SELECT record_backup_start('o')");
        (await EndAsync(session + $"SELECT record_backup_complete('{id}', 3)")).ShouldBeNull();
        (await EndAsync(session + "SELECT count(*) FROM db_backup_job")).ShouldBe("42501");
        (await _database.AskAsync<string>("SELECT status || ' ' || recorded_by FROM public.db_backup_job")).ShouldBe("SUCCESS " + role);
    }

    private Task<string> StartAsync() => _database.AskAsync<string>("SELECT record_backup_start('orders')");

    private async Task<BackupListItem> OnlyItemAsync() =>
        (await new BackupJobQueries(_database.Sql).ListAsync(new BackupListing(), CancellationToken.None)).Items.ShouldHaveSingleItem();

    /// <returns>The SQLSTATE of the refusal; null when there was none.</returns>
    private async Task<string?> EndAsync(string sql)
    {
        try
        {
            await PostgresCluster.ExecuteAsync(new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Pooling = false }.ConnectionString, sql);
            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }
}
