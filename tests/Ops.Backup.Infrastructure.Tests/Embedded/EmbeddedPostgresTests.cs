using System.Globalization;
using System.Text.Json;
using Npgsql;
using Ops.Backup.Infrastructure.Embedded;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Embedded;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly TempFolder _folder = new("embedded");

    [Fact]
    public async Task The_first_start_makes_a_cluster_with_checksums_in_UTF8_that_only_loopback_and_a_password_reach()
    {
        await using var server = Create();
        var connectionString = await server.StartAsync(CancellationToken.None);

        (await AskAsync(connectionString, "SHOW data_checksums")).ShouldBe("on");
        (await AskAsync(connectionString, "SHOW server_encoding")).ShouldBe("UTF8");
        (await AskAsync(connectionString, "SHOW listen_addresses")).ShouldBe("127.0.0.1");
        (await AskAsync(connectionString, "SHOW fsync")).ShouldBe("on");
        (await AskAsync(connectionString, "SELECT current_user || '/' || current_database()")).ShouldBe("ops_backup/ops_backup");
        (await AskAsync(connectionString, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules")).ShouldBe("scram-sha-256");
        var wrong = new NpgsqlConnectionStringBuilder(connectionString) { Password = "guess" }.ConnectionString;
        (await Should.ThrowAsync<PostgresException>(() => AskAsync(wrong, "SELECT 1"))).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task The_password_is_32_characters_in_a_file_that_only_its_owner_reads_and_in_no_argument()
    {
        await using var server = Create();
        var password = new NpgsqlConnectionStringBuilder(await server.StartAsync(CancellationToken.None)).Password!;

        password.Length.ShouldBe(32);
        File.GetUnixFileMode(_folder.File("embedded-postgres.pgpass")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await File.ReadAllTextAsync(_folder.File("embedded-postgres.pgpass"))).ShouldBe($"*:*:*:ops_backup:{password}\n");
        (await File.ReadAllTextAsync($"/proc/{server.ProcessId}/cmdline")).ShouldNotContain(password);
        Directory.GetFiles(_folder.Path).Select(Path.GetFileName).ShouldBe(["embedded-postgres.json", "embedded-postgres.pgpass"], ignoreOrder: true);
        (await File.ReadAllTextAsync(_folder.File("logs", "postgres.log"))).ShouldNotContain(password);
    }

    [Fact]
    public async Task Scripts_find_host_port_and_socket_in_the_facts_file_and_get_in_with_the_passfile()
    {
        await using var server = Create();
        await server.StartAsync(CancellationToken.None);

        using var facts = JsonDocument.Parse(await File.ReadAllTextAsync(_folder.File("embedded-postgres.json")));
        foreach (var host in new[] { facts.RootElement.GetProperty("host").GetString()!, facts.RootElement.GetProperty("socketFolder").GetString()! })
        {
            var psql = new ProcessSpec(server.Binaries!.Psql,
            [
                "-X", "-w", "-At", $"--host={host}", $"--port={facts.RootElement.GetProperty("port").GetInt32()}", "--command=SELECT 'in'",
                $"--username={facts.RootElement.GetProperty("user").GetString()}", $"--dbname={facts.RootElement.GetProperty("database").GetString()}",
            ])
            { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSFILE"] = _folder.File("embedded-postgres.pgpass") } };
            var answer = await Tool.RunAsync(psql, null, CancellationToken.None);
            answer.Output.ShouldBe("in\n", answer.Errors);
        }
    }

    [Fact]
    public async Task A_restart_finds_the_data_the_password_and_the_port_of_the_last_run()
    {
        string first;
        await using (var server = Create())
        {
            first = await server.StartAsync(CancellationToken.None);
            await RunAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");
        }
        await using var again = Create();
        (await again.StartAsync(CancellationToken.None)).ShouldBe(first);
        (await AskAsync(first, "SELECT answer FROM kept")).ShouldBe(42);
    }

    [Fact]
    public async Task When_the_last_port_is_taken_by_somebody_else_another_one_is_chosen()
    {
        int port;
        await using (var server = Create())
        {
            await server.StartAsync(CancellationToken.None);
            port = server.Port;
        }
        using var squatter = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
        squatter.Start();
        await using var again = Create();
        var connectionString = await again.StartAsync(CancellationToken.None);
        again.Port.ShouldNotBe(port);
        (await AskAsync(connectionString, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task An_initdb_that_was_killed_is_done_again()
    {
        // What a killed initdb leaves: half a cluster under the unfinished name.
        Directory.CreateDirectory(_folder.File("postgres.partial", "base"));
        await File.WriteAllTextAsync(_folder.File("postgres.partial", "PG_VERSION"), "15\n");
        await using var server = Create();
        (await AskAsync(await server.StartAsync(CancellationToken.None), "SELECT 1")).ShouldBe(1);
        Directory.Exists(_folder.File("postgres.partial")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_stop_is_a_shutdown_in_order_that_leaves_neither_process_nor_socket()
    {
        await using var server = Create();
        await server.StartAsync(CancellationToken.None);
        var postmaster = server.ProcessId!.Value;
        await server.StopAsync();
        Linux.IsRunning(postmaster).ShouldBeFalse();
        File.Exists(_folder.File("postgres", "postmaster.pid")).ShouldBeFalse();
        Directory.Exists(_folder.File("postgres.socket")).ShouldBeFalse();
        (await File.ReadAllTextAsync(_folder.File("logs", "postgres.log"))).ShouldContain("database system is shut down");
    }

    [Fact]
    public async Task A_data_folder_too_deep_for_a_socket_gets_a_short_one_in_tmp()
    {
        var deep = _folder.File(new string('d', 100));
        string socket;
        await using (var server = new EmbeddedPostgres(new EmbeddedPostgresOptions { DataFolder = deep }))
        {
            var connectionString = await server.StartAsync(CancellationToken.None);
            socket = ((string)(await AskAsync(connectionString, "SHOW unix_socket_directories"))!).Trim('"');
            socket.ShouldStartWith("/tmp/ops-backup-socket-");
            File.Exists($"{socket}/.s.PGSQL.{server.Port.ToString(CultureInfo.InvariantCulture)}").ShouldBeTrue();
            File.GetUnixFileMode(socket).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        Directory.Exists(socket).ShouldBeFalse();
    }

    [Fact]
    public async Task As_root_the_server_runs_as_the_user_postgres_and_else_as_ourselves()
    {
        await using var server = Create();
        await server.StartAsync(CancellationToken.None);
        var expected = Environment.IsPrivilegedProcess ? "postgres" : Environment.UserName;
        (await Linux.UserOfAsync(server.ProcessId!.Value)).ShouldBe(expected);
        (await Linux.RunAsync("/usr/bin/stat", "-c", "%U %a", _folder.File("postgres"))).ShouldBe($"{expected} 700");
    }

    [Fact]
    public async Task As_root_a_data_folder_that_the_user_postgres_can_not_reach_is_refused_with_a_way_out()
    {
        if (!Environment.IsPrivilegedProcess) return; // an ordinary user runs the server as itself: nothing to reach
        var closed = Directory.CreateDirectory(_folder.File("closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var server = new EmbeddedPostgres(new EmbeddedPostgresOptions { DataFolder = Path.Combine(closed.FullName, "data") });
        var refusal = await Should.ThrowAsync<EmbeddedPostgresException>(() => server.StartAsync(CancellationToken.None));
        refusal.Message.ShouldContain($"may not enter {closed.FullName}.");
        refusal.Message.ShouldContain("--data");
    }

    [Fact]
    public async Task A_cluster_of_another_version_is_refused_with_the_package_to_install()
    {
        Directory.CreateDirectory(_folder.File("postgres"));
        await File.WriteAllTextAsync(_folder.File("postgres", "PG_VERSION"), "7\n");
        await using var server = Create();
        (await Should.ThrowAsync<EmbeddedPostgresException>(() => server.StartAsync(CancellationToken.None))).Message.ShouldContain("Debian package postgresql-7.");
    }

    [Fact]
    public async Task A_configured_folder_without_a_server_is_refused_and_named()
    {
        await using var server = new EmbeddedPostgres(new EmbeddedPostgresOptions { DataFolder = _folder.Path, BinFolder = "/usr/share" });
        var refusal = await Should.ThrowAsync<EmbeddedPostgresException>(() => server.StartAsync(CancellationToken.None));
        refusal.Message.ShouldContain("/usr/share holds no PostgreSQL server");
        refusal.Message.ShouldContain("Debian package postgresql");
    }

    public void Dispose() => _folder.Dispose();

    private EmbeddedPostgres Create() => new(new EmbeddedPostgresOptions { DataFolder = _folder.Path });

    private static Task<object?> AskAsync(string connectionString, string sql) =>
        PostgresCluster.ScalarAsync(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString, sql);

    private static Task RunAsync(string connectionString, string sql) =>
        PostgresCluster.ExecuteAsync(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString, sql);
}
